import Crypto

/// SHA-256 over many parts, each with its length before it, so that no two sequences of parts are
/// one sequence of bytes.
package struct ContentDigest {
  private var hash = SHA256()

  /// A digest of nothing so far.
  package init() {}

  /// Adds a text.
  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// Adds a whole number.
  package mutating func add(_ number: Int) {
    hash.add((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
  }

  /// Adds bytes.
  package mutating func add(_ bytes: [UInt8]) {
    add(bytes.count)
    hash.add(bytes)
  }

  /// Adds numbers, bit by bit.
  package mutating func add(_ numbers: [Float]) {
    add(numbers.count)
    hash.add(numbers)
  }

  /// 64 lower-case digits.
  package var hexadecimal: String {
    let digits = Array("0123456789abcdef")
    return String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
