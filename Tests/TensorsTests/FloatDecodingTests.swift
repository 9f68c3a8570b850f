import CProbex
import Tensors
import Testing

/// The decoding of stored numbers, against the compiler's own conversions and every 16-bit pattern.
@Suite struct FloatDecodingTests {
  @Test("every half-precision pattern decodes as the compiler converts it")
  func everyHalf() {
    let patterns = (0...UInt16.max).map { $0 }
    let bytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let decoded = FloatDecoding.floats(of: .f16, count: patterns.count, bytes: bytes)
    var portable = [Float](repeating: 0, count: patterns.count)
    unsafe bytes.withUnsafeBytes { source in
      unsafe portable.withUnsafeMutableBufferPointer { destination in
        unsafe probex_decode_float16_portable(
          source.baseAddress, destination.baseAddress, patterns.count)
      }
    }
    for (index, pattern) in patterns.enumerated() {
      let expected = Self.reference(half: pattern)
      #expect(decoded[index].bitPattern == expected.bitPattern, "pattern \(pattern)")
      #expect(portable[index].bitPattern == expected.bitPattern, "portable, pattern \(pattern)")
    }
  }

  /// IEEE 754 binary16 by its definition, in exact double arithmetic; NaN quieted.
  private static func reference(half: UInt16) -> Float {
    let sign: Double = half & 0x8000 == 0 ? 1 : -1
    let exponent = Int((half >> 10) & 0x1f)
    let fraction = Double(half & 0x3ff)
    if exponent == 31 {
      if fraction == 0 { return Float(sign * .infinity) }
      let payload = UInt32(half & 0x3ff) << 13 | 0x0040_0000
      return Float(bitPattern: (sign < 0 ? 0x8000_0000 : 0) | 0x7f80_0000 | payload)
    }
    let scale = exponent == 0 ? -24 : exponent - 25
    let significand = exponent == 0 ? fraction : fraction + 1024
    return Float(sign * significand * Double(sign: .plus, exponent: scale, significand: 1))
  }

  @Test("every bfloat16 pattern is the upper half of a Float")
  func everyBrainFloat() {
    let patterns = (0...UInt16.max).map { $0 }
    let bytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let decoded = FloatDecoding.floats(of: .bf16, count: patterns.count, bytes: bytes)
    for (index, pattern) in patterns.enumerated() {
      #expect(decoded[index].bitPattern == UInt32(pattern) << 16)
    }
  }

  @Test(
    "F32 and F64 decode to the nearest Float",
    arguments: [0, -0.0, 1, -1.5, 1e-40, 3.4e38, 0.1, .infinity, -.infinity])
  func wide(_ number: Double) {
    let single = unsafe withUnsafeBytes(of: Float(number).bitPattern.littleEndian) {
      unsafe Array($0)
    }
    let double = unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { unsafe Array($0) }
    #expect(FloatDecoding.floats(of: .f32, count: 1, bytes: single) == [Float(number)])
    #expect(FloatDecoding.floats(of: .f64, count: 1, bytes: double) == [Float(number)])
  }

  @Test("lengths around the width of a vector register decode whole", arguments: 0...33)
  func lengths(_ count: Int) {
    let halves = (0..<count).map { UInt16(0x3c00 + $0) }
    let bytes = halves.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let expected = halves.map { Self.reference(half: $0) }
    #expect(FloatDecoding.floats(of: .f16, count: count, bytes: bytes) == expected)
  }

  @Test("an error thrown while filling comes through", arguments: [ScalarType.f32, .f16])
  func fillFailure(_ type: ScalarType) {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      _ = try unsafe FloatDecoding.floats(of: type, count: 8) { _ throws(Stop) in throw Stop() }
    }
  }

  @Test("only floating-point types of 16 bits and more are decoded")
  func supported() {
    let supported = ScalarType.allCases.filter(FloatDecoding.isSupported)
    #expect(supported == [.f16, .bf16, .f32, .f64])
  }
}
