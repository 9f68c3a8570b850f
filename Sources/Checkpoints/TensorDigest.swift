import Crypto
import Tensors

/// SHA-256 over tensors, however they are stored.
///
/// For each tensor, in the order of their names' bytes: the name and a NUL, its type's name and a
/// NUL, the dimensions as 8 bytes little-endian each, then its elements' bytes. Neither name can
/// hold a NUL, and shape and type say how many bytes follow.
struct TensorDigest {
  private var hash = SHA256()

  mutating func add(name: String, type: ScalarType, shape: [Int], bytes: [UInt8]) {
    add(name: name, type: type, shape: shape)
    hash.add(bytes)
  }

  /// An F32 tensor; its bytes are not made.
  mutating func add(name: String, shape: [Int], values: [Float]) {
    add(name: name, type: .f32, shape: shape)
    hash.add(values)
  }

  private mutating func add(name: String, type: ScalarType, shape: [Int]) {
    hash.add(Array(name.utf8) + [0])
    hash.add(Array(type.rawValue.utf8) + [0])
    for size in shape { hash.add((0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }) }
  }

  /// 64 lower-case digits.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef")
    return String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
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
