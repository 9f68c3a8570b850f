import Crypto
import Tensors

/// SHA-256 over tensors, however they are stored.
///
/// For each tensor, in the order of their names' bytes: the name, its type's name, and the bytes of
/// its elements, each preceded by its length as 8 bytes little-endian; between type and elements
/// the number of dimensions and the dimensions, 8 bytes little-endian each. The lengths keep two
/// different lists of tensors from having the same bytes.
struct TensorDigest {
  private var hash = SHA256()

  mutating func add(name: String, type: ScalarType, shape: [Int], bytes: [UInt8]) {
    add(Array(name.utf8))
    add(Array(type.rawValue.utf8))
    add(shape.count)
    for size in shape { add(size) }
    add(bytes)
  }

  /// 64 lower-case digits.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef")
    return String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  private mutating func add(_ bytes: [UInt8]) {
    add(bytes.count)
    hash.add(bytes)
  }

  private mutating func add(_ number: Int) {
    hash.add((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
  }
}

extension SafetensorsFile {
  /// The checksum of this file's tensors, as `SafetensorsWriter.checksum` computes it.
  ///
  /// - Throws: as `bytes`. Cost: reads the whole file, one tensor in memory at a time.
  package func checksum() throws(CheckpointError) -> String {
    var digest = TensorDigest()
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for tensor in sorted {
      digest.add(
        name: tensor.name, type: tensor.type, shape: tensor.shape, bytes: try bytes(tensor))
    }
    return digest.hexadecimal
  }
}
