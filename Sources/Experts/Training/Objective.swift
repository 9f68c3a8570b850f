import Glibc
package import Tensors

/// A loss of a shard with its derivatives.
package struct ObjectiveGradient: Sendable {
  /// The shard's part of the batch's mean loss.
  package let loss: Double
  /// By the representations, `n × r_T`.
  package let representations: Matrix
  /// By the head's weight, in its own shape.
  package let weight: Matrix
  /// By the head's bias.
  package let bias: [Float]
  /// By the logarithm of the temperature; 0 where there is none.
  package var logTemperature: Float = 0
}

/// What training minimises. Forward stands beside backward; each is a mean over the whole batch, of
/// which a shard gives its part, so that the parts of all shards add up.
package enum Objective {
  /// Binary cross-entropy of each yes/no question, on logits (PyTorch's `BCEWithLogitsLoss`).
  ///
  /// - Parameters:
  ///   - representations: `n × r_T`.
  ///   - targets: `n × labels`, 1 for yes and 0 for no.
  ///   - batch: models of the whole batch.
  package static func categories(
    _ representations: Matrix, _ head: Linear, targets: Matrix, batch: Int
  ) -> ObjectiveGradient {
    let logits = head.forward(representations)
    precondition(logits.rows == targets.rows && logits.columns == targets.columns)
    let share = 1 / Float(batch * logits.columns)
    var loss = 0.0
    var change = logits
    for index in logits.values.indices {
      let (logit, target) = (logits.values[index], targets.values[index])
      // max(z, 0) − z·y + log(1 + e^−|z|) never overflows.
      loss += Double(max(logit, 0) - logit * target + log1pf(expf(-abs(logit))))
      change.values[index] = (Vector.sigmoid(logit) - target) * share
    }
    return linear(loss * Double(share), change, representations, head)
  }

  /// Cross-entropy over the cosines of a representation with every projected text, divided by the
  /// temperature.
  ///
  /// - Parameters:
  ///   - embeddings: the candidates' text embeddings, `m × d_text`.
  ///   - targets: the right candidate of each model.
  package static func text(
    _ representations: Matrix, _ head: Linear, embeddings: Matrix, targets: [Int],
    temperature: Float, batch: Int
  ) -> ObjectiveGradient {
    let texts = head.forward(embeddings)
    let (from, to) = (UnitRows(representations), UnitRows(texts))
    var logits = BLAS.product(.asStored(from.unit), .transposed(to.unit))
    for index in logits.values.indices { logits.values[index] /= temperature }
    var (loss, change) = crossEntropy(logits, targets, batch)
    // With z = c/τ, dz/dlog τ = −z.
    var logTemperature: Float = 0
    for index in logits.values.indices {
      logTemperature -= change.values[index] * logits.values[index]
      change.values[index] /= temperature
    }
    let unitChange = BLAS.product(.asStored(change), .asStored(to.unit))
    let textChange = to.gradient(BLAS.product(.transposed(change), .asStored(from.unit)))
    return ObjectiveGradient(
      loss: loss, representations: from.gradient(unitChange),
      weight: BLAS.product(.transposed(textChange), .asStored(embeddings)),
      bias: textChange.columnSums(), logTemperature: logTemperature)
  }

  /// Cross-entropy of one choice among labels, on logits (PyTorch's `CrossEntropyLoss`).
  package static func choice(
    _ representations: Matrix, _ head: Linear, targets: [Int], batch: Int
  ) -> ObjectiveGradient {
    let (loss, change) = crossEntropy(head.forward(representations), targets, batch)
    return linear(loss, change, representations, head)
  }

  /// Half the square error of one standardised number.
  package static func number(
    _ representations: Matrix, _ head: Linear, targets: [Float], batch: Int
  ) -> ObjectiveGradient {
    var change = head.forward(representations)
    var loss = 0.0
    for index in change.values.indices {
      let error = change.values[index] - targets[index]
      loss += Double(error) * Double(error) / 2
      change.values[index] = error / Float(batch)
    }
    return linear(loss / Double(batch), change, representations, head)
  }

  /// The loss and its derivative by the logits, `n × m`.
  private static func crossEntropy(
    _ logits: Matrix, _ targets: [Int], _ batch: Int
  ) -> (loss: Double, change: Matrix) {
    var change = logits
    var loss = 0.0
    for row in 0..<logits.rows {
      let scores = logits.row(row)
      let greatest = scores.max() ?? 0
      let powers = scores.map { exp(Double($0 - greatest)) }
      let sum = powers.reduce(0, +)
      loss -= Double(logits[row, targets[row]] - greatest) - log(sum)
      for column in powers.indices {
        let wanted: Double = column == targets[row] ? 1 : 0
        change[row, column] = Float((powers[column] / sum - wanted) / Double(batch))
      }
    }
    return (loss / Double(batch), change)
  }

  /// Behind a linear head: by its inputs, its weight and its bias.
  private static func linear(
    _ loss: Double, _ change: Matrix, _ representations: Matrix, _ head: Linear
  ) -> ObjectiveGradient {
    ObjectiveGradient(
      loss: loss, representations: BLAS.product(.asStored(change), .asStored(head.weight)),
      weight: BLAS.product(.transposed(change), .asStored(representations)),
      bias: change.columnSums())
  }
}

/// Rows divided by their lengths, forward beside backward.
struct UnitRows: Sendable {
  /// Each row with length 1.
  let unit: Matrix
  private let lengths: [Float]

  init(_ matrix: Matrix) {
    lengths = (0..<matrix.rows).map { max(Vector.length(matrix.row($0)), 1e-8) }
    var unit = matrix
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns { unit[row, column] /= lengths[row] }
    }
    self.unit = unit
  }

  /// dx = (du − u · (u · du)) / |x|.
  func gradient(_ outer: Matrix) -> Matrix {
    var result = outer
    for row in 0..<outer.rows {
      var along: Float = 0
      for column in 0..<outer.columns { along += unit[row, column] * outer[row, column] }
      for column in 0..<outer.columns {
        result[row, column] = (outer[row, column] - unit[row, column] * along) / lengths[row]
      }
    }
    return result
  }
}
