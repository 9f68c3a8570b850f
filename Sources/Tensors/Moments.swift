/// Mean and variance of many numbers.
package struct Moments: Sendable, Equatable {
  /// `Σx / N`; 0 of no numbers.
  package let mean: Float
  /// `Σ(x − mean)² / (N − 1)`, PyTorch's `var`; 0 of fewer than two numbers.
  package let variance: Float

  /// Summed in double precision, in eight lanes: single precision loses three digits over the
  /// 10⁵ entries of a response. Costs two passes.
  package init(_ values: [Float]) {
    guard !values.isEmpty else {
      (mean, variance) = (0, 0)
      return
    }
    let exactMean = Self.sum(values) { $0 } / Double(values.count)
    let centre = SIMD8(repeating: exactMean)
    let squares = Self.sum(values) { ($0 - centre) * ($0 - centre) }
    mean = Float(exactMean)
    variance = values.count > 1 ? Float(squares / Double(values.count - 1)) : 0
  }

  /// √variance.
  package var deviation: Float { variance.squareRoot() }

  /// The sum of what `term` makes of each number.
  private static func sum(
    _ values: [Float], _ term: (SIMD8<Double>) -> SIMD8<Double>
  ) -> Double {
    var lanes = SIMD8<Double>.zero
    let whole = values.count - values.count % 8
    for start in stride(from: 0, to: whole, by: 8) {
      let eight = SIMD8<Float>(
        values[start], values[start + 1], values[start + 2], values[start + 3],
        values[start + 4], values[start + 5], values[start + 6], values[start + 7])
      lanes += term(SIMD8<Double>(eight))
    }
    var sum = lanes.sum()
    for index in whole..<values.count { sum += term(SIMD8(repeating: Double(values[index])))[0] }
    return sum
  }
}
