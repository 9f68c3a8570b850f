package import Checkpoints
package import Tensors

/// A layer as training keeps it: in 16 bits where the file has 16, so that a zoo takes no more
/// memory than its files.
package enum StoredLayer: Sendable {
  /// F16 or BF16, little-endian.
  case packed(type: ScalarType, rows: Int, columns: Int, bytes: [UInt8])
  /// As it was read.
  case layer(Layer)

  /// Keeps a layer that was stored as `type`.
  package init(_ layer: Layer, storedAs type: ScalarType) {
    guard case .full(let matrix) = layer, type == .f16 || type == .bf16 else {
      self = .layer(layer)
      return
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * matrix.values.count)
    for value in matrix.values {
      // Exact either way: the numbers came from this type.
      let bits = type == .bf16 ? UInt16(value.bitPattern >> 16) : Self.half(value)
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
    }
    self = .packed(type: type, rows: matrix.rows, columns: matrix.columns, bytes: bytes)
  }

  /// The layer in single precision.
  package var layer: Layer {
    switch self {
    case .layer(let layer): layer
    case .packed(let type, let rows, let columns, let bytes):
      .full(
        Matrix(
          rows: rows, columns: columns,
          values: FloatDecoding.floats(of: type, count: rows * columns, bytes: bytes)))
    }
  }

  /// Bytes that its numbers occupy.
  package var byteCount: Int {
    switch self {
    case .packed(_, _, _, let bytes): bytes.count
    case .layer(.full(let matrix)): 4 * matrix.values.count
    case .layer(.lowRank(let pair)): 4 * (pair.up.values.count + pair.down.values.count)
    }
  }

  /// A finite number that half precision holds exactly, as half precision. In integers, because
  /// not every processor that Swift runs on has the type.
  private static func half(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(bits >> 16) & 0x8000
    let exponent = Int(bits >> 23 & 0xFF) - 112
    let fraction = bits & 0x7F_FFFF
    if exponent > 0 { return sign | UInt16(exponent) << 10 | UInt16(fraction >> 13) }
    if exponent < -10 { return sign }
    return sign | UInt16((fraction | 0x80_0000) >> UInt32(14 - exponent))
  }
}
