import Tensors
import Testing

/// Mean and variance of lists that no lane divides evenly, far from zero, and of next to nothing.
@Suite struct MomentsTests {
  @Test("any number of values, as the definition has it", arguments: [2, 7, 8, 9, 16, 1001])
  func definition(_ count: Int) {
    var generator = RandomSource(seed: UInt64(count))
    // A mean a thousand times the deviation: single precision would lose the variance.
    let values = (0..<count).map { _ in 1000 + generator.uniform(bound: 1) }
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(count)
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let moments = Moments(values)
    #expect(moments.mean == Float(mean))
    #expect(abs(Double(moments.variance) - squares / Double(count - 1)) < 1e-6)
    #expect(abs(moments.deviation * moments.deviation - moments.variance) < 1e-6)
  }

  @Test("one value, or none, does not vary")
  func few() {
    #expect(Moments([]).mean == 0 && Moments([]).variance == 0)
    #expect(Moments([3]).mean == 3 && Moments([3]).variance == 0)
  }
}
