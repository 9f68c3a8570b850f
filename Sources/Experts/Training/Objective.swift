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
    return ObjectiveGradient(
      loss: loss * Double(share),
      representations: BLAS.product(.asStored(change), .asStored(head.weight)),
      weight: BLAS.product(.transposed(change), .asStored(representations)),
      bias: change.columnSums())
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
    var change = BLAS.product(.asStored(from.unit), .transposed(to.unit))
    var loss = 0.0
    for row in 0..<change.rows {
      let cosines = Array(change.row(row))
      let greatest = (cosines.max() ?? 0) / temperature
      let powers = cosines.map { exp(Double($0 / temperature - greatest)) }
      let sum = powers.reduce(0, +)
      loss -= Double(cosines[targets[row]] / temperature - greatest) - log(sum)
      for column in cosines.indices {
        let wanted: Double = column == targets[row] ? 1 : 0
        change[row, column] = Float((powers[column] / sum - wanted) / Double(batch)) / temperature
      }
    }
    let unitChange = BLAS.product(.asStored(change), .asStored(to.unit))
    let textChange = to.gradient(BLAS.product(.transposed(change), .asStored(from.unit)))
    return ObjectiveGradient(
      loss: loss / Double(batch), representations: from.gradient(unitChange),
      weight: BLAS.product(.transposed(textChange), .asStored(embeddings)),
      bias: textChange.columnSums())
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
