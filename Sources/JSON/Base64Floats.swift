/// Numbers of single precision which travel as one JSON string: base64 (RFC 4648, section 4, with
/// padding) of their little-endian bytes.
///
/// Four bytes become 5⅓ characters, exactly; as JSON numbers they would take about 12 and come in
/// at a tenth of the speed. Every bit pattern is kept, NaN and infinity included: whoever uses the
/// numbers decides about those.
package struct Base64Floats: Codable, Sendable, Hashable {
  package var values: [Float]

  package init(_ values: [Float]) { self.values = values }

  /// - Throws: `DecodingError` for all but canonical base64 of a multiple of four bytes.
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let bytes = Base64.decode(text.utf8) else {
      throw Self.corrupted("expected base64 with padding and without white space", decoder)
    }
    guard bytes.count.isMultiple(of: 4) else {
      let problem = "expected 4 bytes for each number, found \(bytes.count) bytes in base64"
      throw Self.corrupted(problem, decoder)
    }
    values = stride(from: 0, to: bytes.count, by: 4).map { place in
      let low = UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8
      let high = UInt32(bytes[place + 2]) | UInt32(bytes[place + 3]) << 8
      return Float(bitPattern: low | high << 16)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 4)
    for value in values {
      let bits = value.bitPattern
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
    }
    var container = encoder.singleValueContainer()
    try container.encode(Base64.encode(bytes))
  }

  private static func corrupted(_ problem: String, _ decoder: any Decoder) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
  }
}

/// Base64 as in RFC 4648, section 4. By hand, since Foundation would be the only other thing that
/// brings it, at 50 MB.
enum Base64 {
  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each character, 0xFF for those that are not digits.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  static func encode(_ bytes: [UInt8]) -> String {
    let digits = digits
    let pad = UInt8(ascii: "=")
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for place in stride(from: 0, to: bytes.count, by: 3) {
      let left = bytes.count - place
      let first = Int(bytes[place])
      let second = left > 1 ? Int(bytes[place + 1]) : 0
      let third = left > 2 ? Int(bytes[place + 2]) : 0
      text.append(digits[first >> 2])
      text.append(digits[first << 4 & 0x30 | second >> 4])
      text.append(left > 1 ? digits[second << 2 & 0x3C | third >> 6] : pad)
      text.append(left > 2 ? digits[third & 0x3F] : pad)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes, or `nil` unless the text is exactly what `encode` makes of them: other decoders
  /// differ on missing padding and stray bits, and two texts for the same bytes help nobody.
  static func decode(_ text: String.UTF8View) -> [UInt8]? {
    let values = values
    let text = Array(text)
    guard text.count.isMultiple(of: 4) else { return nil }
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    for (place, digit) in text.dropLast(padding).enumerated() {
      let value = values[Int(digit)]
      if value == 0xFF { return nil }
      bits = bits << 6 | UInt32(value)
      if place & 3 == 3 {
        bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bits = 0
      }
    }
    switch padding {
    case 1:
      guard bits & 0b11 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
    case 2:
      guard bits & 0b1111 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    default:
      break
    }
    return bytes
  }
}
