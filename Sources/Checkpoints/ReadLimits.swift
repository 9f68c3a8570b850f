/// How much of a file may be taken into memory.
package struct ReadLimits: Sendable, Hashable {
  /// The greatest header that the safetensors format allows, in bytes. Decimal, as the reference
  /// implementation has it.
  package static let greatestHeader = 100_000_000

  /// Greatest header read, in bytes. The JSON library needs 17 to 40 times as much memory, hence a
  /// default far below what the format allows. Values beyond `greatestHeader` count as that.
  package var headerBytes: Int

  /// Greatest tensor read, in bytes as stored.
  package var tensorBytes: Int

  package init(headerBytes: Int = 16 << 20, tensorBytes: Int = 4 << 30) {
    self.headerBytes = headerBytes
    self.tensorBytes = tensorBytes
  }
}
