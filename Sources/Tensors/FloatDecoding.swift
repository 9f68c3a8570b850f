import CProbex

/// Stored numbers to `Float`.
///
/// Every supported type is read exactly, except F64, which is rounded to the nearest `Float`.
/// Numbers are little-endian, as every format we read stores them, and may start at any address:
/// the bytes are never bound to another type. Cost: one pass; F32 is read straight into the result.
package enum FloatDecoding {
  /// Whether `floats` can decode this type.
  package static func isSupported(_ type: ScalarType) -> Bool {
    switch type {
    case .f64, .f32, .f16, .bf16: true
    default: false
    }
  }

  /// `count` numbers of which `fill` writes the stored bytes.
  ///
  /// - Parameters:
  ///   - type: a supported type.
  ///   - count: how many numbers.
  ///   - fill: gets a buffer of exactly `count × type.bits / 8` bytes and must fill all of it. The
  ///     buffer is only valid during the call.
  /// - Throws: what `fill` throws.
  package static func floats<Failure: Error>(
    of type: ScalarType, count: Int,
    filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> [Float] {
    precondition(isSupported(type), "\(type.rawValue) is no supported floating-point type")
    if type == .f32 {
      return try unsafe uninitialized(count) {
        (result: UnsafeMutableBufferPointer<Float>) throws(Failure) in
        try unsafe fill(UnsafeMutableRawBufferPointer(result))
        unsafe littleEndianInPlace(result)
      }
    }
    let size = count * type.bits / 8
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    defer { unsafe bytes.deallocate() }
    try unsafe fill(bytes)
    return unsafe uninitialized(count) { result in
      unsafe decode(UnsafeRawBufferPointer(bytes), of: type, into: result)
    }
  }

  /// The numbers in `bytes`, whose count must be `count × type.bits / 8`.
  package static func floats(of type: ScalarType, count: Int, bytes: [UInt8]) -> [Float] {
    precondition(bytes.count == count * type.bits / 8, "bytes and count must agree")
    precondition(isSupported(type), "\(type.rawValue) is no supported floating-point type")
    if type == .f32 {
      return unsafe floats(of: type, count: count) { unsafe $0.copyBytes(from: bytes) }
    }
    return unsafe uninitialized(count) { result in
      unsafe bytes.withUnsafeBytes { unsafe decode($0, of: type, into: result) }
    }
  }

  /// An array whose storage `fill` writes; nothing is zeroed first.
  private static func uninitialized<Failure: Error>(
    _ count: Int, _ fill: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) -> [Float] {
    // The standard library's initializer rethrows untyped, so the typed error travels beside it.
    var failure: Failure?
    let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(Failure) {
        try unsafe fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  private static func littleEndianInPlace(_ values: UnsafeMutableBufferPointer<Float>) {
    #if _endian(big)
      for index in values.indices {
        unsafe values[index] = Float(bitPattern: values[index].bitPattern.byteSwapped)
      }
    #endif
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, of type: ScalarType,
    into result: UnsafeMutableBufferPointer<Float>
  ) {
    guard let source = bytes.baseAddress, let destination = result.baseAddress else {
      return
    }
    switch type {
    case .f16:
      unsafe probex_decode_float16(source, destination, result.count)
    case .bf16:
      // The upper half of a Float; the loop vectorises.
      for index in result.indices {
        let bits = unsafe source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        unsafe destination[index] = Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
      }
    case .f64:
      for index in result.indices {
        let bits = unsafe source.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
        unsafe destination[index] = Float(Double(bitPattern: UInt64(littleEndian: bits)))
      }
    default:
      preconditionFailure("unsupported types are refused above")
    }
  }
}
