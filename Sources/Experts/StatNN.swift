package import Checkpoints
package import Tensors

/// The baseline that sees no more of a layer than seven statistics of its weights (Unterthiner and
/// others, arXiv 2002.11448), in the form in which networks that read weights are compared with it:
/// two hidden layers over statistics of the whole tensor.
///
///     s = (statistics(X) − mean) / deviation     7 numbers
///     h = ReLU(A · s + a)                        hidden
///     e = ReLU(M · h + b)                        r_T
///
/// The original fits trees, which do not mind that a variance is a thousandth of a maximum; a
/// network does, so each statistic is standardised by the training models'.
package struct StatNN: LayerNetwork, Equatable {
  /// d_H, the rows of the layers it reads.
  package let rows: Int
  /// d_W, the columns of the layers it reads.
  package let columns: Int
  /// What the statistics are brought to before the first layer.
  package let norm: StatisticsNorm
  /// A and a, `hidden × 7`.
  package let hidden: Linear
  /// M and b, `r_T × hidden`.
  package let encoder: Linear

  /// A network over tensors that go together.
  init(rows: Int, columns: Int, norm: StatisticsNorm, hidden: Linear, encoder: Linear) {
    precondition(hidden.weight.columns == WeightStatistics.count, "one column for each statistic")
    precondition(encoder.weight.columns == hidden.weight.rows, "one column for each hidden number")
    self.rows = rows
    self.columns = columns
    self.norm = norm
    self.hidden = hidden
    self.encoder = encoder
  }

  /// The names of the tensors in files.
  static let tensorNames = [
    "statistics.mean", "statistics.deviation", "hidden.weight", "hidden.bias", "encoder.weight",
    "encoder.bias",
  ]

  /// The network of a file, which reads the given layer.
  ///
  /// - Throws: `ExpertError` naming the tensor that is missing or does not go with the others.
  init(_ source: TensorSource, _ layer: ExpertFacts.LayerShape) throws(ExpertError) {
    let mean = try source.vector("statistics.mean")
    let deviation = try source.vector("statistics.deviation")
    for (name, vector) in [("mean", mean), ("deviation", deviation)]
    where vector.count != WeightStatistics.count {
      throw source.wrong(
        "statistics." + name, "has \(vector.count) numbers instead of \(WeightStatistics.count)")
    }
    guard deviation.allSatisfy({ $0 > 0 }) else {
      throw source.wrong("statistics.deviation", "has a number that is not positive")
    }
    let hidden = try source.linear("hidden")
    guard hidden.weight.rows > 0, hidden.weight.columns == WeightStatistics.count else {
      throw source.wrong(
        "hidden.weight",
        "is \(hidden.weight.rows)×\(hidden.weight.columns); \(WeightStatistics.count) columns and "
          + "at least one row are needed")
    }
    let encoder = try source.linear("encoder")
    guard encoder.weight.rows > 0, encoder.weight.columns == hidden.weight.rows else {
      throw source.wrong(
        "encoder.weight",
        "is \(encoder.weight.rows)×\(encoder.weight.columns); \(hidden.weight.rows) columns and "
          + "at least one row are needed")
    }
    self.init(
      rows: layer.rows, columns: layer.columns,
      norm: StatisticsNorm(mean: mean, deviation: deviation), hidden: hidden, encoder: encoder)
  }

  /// Which network it is.
  package var kind: NetworkKind { .statNN }
  /// None.
  package var probeCount: Int { 0 }
  /// None.
  package var projectionCount: Int { 0 }
  /// r_T, the length of a representation.
  package var dimension: Int { encoder.weight.rows }
  /// 7.
  package var projectedCount: Int { WeightStatistics.count }
  /// How many numbers the network has.
  package var parameterCount: Int {
    [hidden, encoder].reduce(2 * WeightStatistics.count) {
      $0 + $1.weight.values.count + $1.bias.count
    }
  }

  /// Writes the statistics of one layer as row `row` of the `n × 7` numbers. A LoRA is multiplied
  /// out: its factors do not show its quantiles.
  package func project(_ layer: Layer, scale: Float, into projected: inout [Float], row: Int) {
    precondition(layer.rows == rows && layer.columns == columns, "the layer has another shape")
    let statistics = WeightStatistics(layer).scaled(by: scale).values
    let offset = row * projectedCount
    projected.replaceSubrange(offset..<offset + projectedCount, with: statistics)
  }

  /// The representations of `n` layers' statistics: `n × 7` in, `n × dimension` out.
  package func represent(_ projected: Matrix) -> Matrix {
    encoder.forward(hidden.forward(norm.applied(projected)).rectified()).rectified()
  }
}

/// Mean and deviation of each statistic over the training models.
package struct StatisticsNorm: Sendable, Equatable {
  /// As many as there are statistics.
  package let mean: [Float]
  /// As many; all positive.
  package let deviation: [Float]

  init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// Those of the given models' layers, which were prepared as the expert will prepare them. A
  /// statistic that is the same for all of them is only centred; without models all stay as they
  /// are.
  package init(of models: [WeightStatistics]) {
    let moments = (0..<WeightStatistics.count).map { place in
      Moments(models.map { $0.values[place] })
    }
    mean = moments.map(\.mean)
    deviation = moments.map { $0.deviation > 0 ? $0.deviation : 1 }
  }

  /// `n × 7` in and out.
  func applied(_ statistics: Matrix) -> Matrix {
    precondition(statistics.columns == mean.count, "rows of another network")
    var result = statistics
    for row in 0..<result.rows {
      for column in mean.indices {
        result[row, column] = (result[row, column] - mean[column]) / deviation[column]
      }
    }
    return result
  }
}

extension Matrix {
  /// With 0 in place of what is negative; NaN stays NaN.
  func rectified() -> Matrix {
    var result = self
    for index in result.values.indices {
      result.values[index] = result.values[index] < 0 ? 0 : result.values[index]
    }
    return result
  }
}
