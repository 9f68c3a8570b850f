import Experts
import Tensors
import Testing

/// Statistics of weights against sorting all of them.
@Suite struct WeightStatisticsTests {
  private static func row(_ values: [Float]) -> Matrix {
    Matrix(rows: 1, columns: values.count, values: values)
  }

  @Test("quantiles lie on the line between neighbours", arguments: [1, 2, 3, 4, 5, 8, 97, 5000])
  func quantiles(_ count: Int) {
    var generator = RandomSource(seed: UInt64(count))
    // Of many sizes and both signs, some equal to each other.
    let values = (0..<count).map { index -> Float in
      index % 7 == 3 ? 0.25 : generator.uniform(bound: index % 2 == 0 ? 1e-3 : 10)
    }
    let sorted = values.sorted()
    let statistics = WeightStatistics(Self.row(values)).values
    #expect(statistics.count == WeightStatistics.count)
    #expect([statistics[0], statistics[1]] == [Moments(values).mean, Moments(values).variance])
    for quarter in 0...4 {
      let place = Double((count - 1) * quarter) / 4
      let below = sorted[Int(place)]
      let above = sorted[min(Int(place) + 1, count - 1)]
      let expected = Double(below) + (place - place.rounded(.down)) * Double(above - below)
      #expect(abs(Double(statistics[2 + quarter]) - expected) < 1e-6)
    }
  }

  @Test("a negative scale turns the order round", arguments: [-2, 0.5, 0] as [Float])
  func scaled(_ scale: Float) {
    let values: [Float] = [-4, -1, 0, 0.5, 3, 8, 9, 2, -0.0]
    let ours = WeightStatistics(Self.row(values)).scaled(by: scale).values
    let theirs = WeightStatistics(Self.row(values.map { $0 * scale })).values
    #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
