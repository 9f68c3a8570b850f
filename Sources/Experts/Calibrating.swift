import Glibc
package import Tensors

/// Makes probabilities honest, on models that training did not see: what a network says is scaled
/// until "0.8" is right eight times in ten, and a threshold is found below which it had better say
/// nothing.
package enum Calibrating {
  /// Platt scaling (Platt, 1999): the slope and the intercept under which the sigmoids of
  /// `slope · logit + intercept` are likeliest, by Newton's method.
  ///
  /// The targets are Platt's, a little inside 0 and 1, so that separable answers do not ask for an
  /// endless slope.
  ///
  /// - Returns: `.none` where the logits speak against the answers, or all answers are alike.
  package static func platt(_ logits: [Float], _ answers: [Bool]) -> ExpertFacts.Calibration {
    let positives = Double(answers.count(where: \.self))
    let negatives = Double(answers.count) - positives
    guard positives > 0, negatives > 0 else { return .none }
    let (high, low) = ((positives + 1) / (positives + 2), 1 / (negatives + 2))
    let points = zip(logits, answers).map { (Double($0), $1 ? high : low) }
    func loss(_ slope: Double, _ intercept: Double) -> Double {
      points.reduce(0) { sum, point in
        let z = slope * point.0 + intercept
        return sum + max(z, 0) - z * point.1 + log1p(exp(-abs(z)))
      }
    }
    var (slope, intercept) = (1.0, 0.0)
    for _ in 0..<100 {
      var (g0, g1, h00, h01, h11) = (0.0, 0.0, 1e-9, 0.0, 1e-9)
      for (x, target) in points {
        let p = 1 / (1 + exp(-(slope * x + intercept)))
        let weight = p * (1 - p)
        g0 += (p - target) * x
        g1 += p - target
        h00 += weight * x * x
        h01 += weight * x
        h11 += weight
      }
      let determinant = h00 * h11 - h01 * h01
      guard determinant > 0, abs(g0) + abs(g1) > 1e-9 else { break }
      let step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant)
      // Half the step until it helps: far from the optimum Newton's may overshoot.
      var length = 1.0
      let before = loss(slope, intercept)
      while length > 1e-6, loss(slope - length * step.0, intercept - length * step.1) > before {
        length /= 2
      }
      guard length > 1e-6 else { break }
      slope -= length * step.0
      intercept -= length * step.1
    }
    guard slope > 0, slope.isFinite, intercept.isFinite else { return .none }
    return ExpertFacts.Calibration(slope: Float(slope), intercept: Float(intercept))
  }

  /// Temperature scaling (Guo and others, 2017): what scores are divided by so that the softmax
  /// gives the right candidates the greatest likelihood. Searched by its logarithm between 1e-4 and
  /// 1e3, since the likelihood has one maximum there.
  ///
  /// Where that makes n answers surer than `(n + 1) / (n + 2)` in the mean, as where all are right
  /// and the least temperature is the likeliest, it is raised until they are no surer: what Laplace
  /// would say after n answers without a mistake.
  ///
  /// - Parameters:
  ///   - scores: `n × m`, logits or cosines.
  ///   - targets: the right candidate of each row.
  package static func temperature(_ scores: Matrix, _ targets: [Int]) -> Float {
    guard scores.rows > 0, scores.columns > 1 else { return 1 }
    /// Mean negative log likelihood of the right candidates, and mean probability of the best.
    func mean(_ logarithm: Double) -> (loss: Double, confidence: Double) {
      let warmth = exp(logarithm)
      var (loss, confidence) = (0.0, 0.0)
      for (row, target) in targets.enumerated() {
        let values = scores.row(row)
        let greatest = Double(values.max() ?? 0)
        let powers = values.reduce(0.0) { $0 + exp((Double($1) - greatest) / warmth) }
        loss += log(powers) - (Double(scores[row, target]) - greatest) / warmth
        confidence += 1 / powers
      }
      return (loss / Double(targets.count), confidence / Double(targets.count))
    }
    var (low, high) = (log(1e-4), log(1e3))
    let golden = (5.0.squareRoot() - 1) / 2
    var (left, right) = (high - golden * (high - low), low + golden * (high - low))
    var (atLeft, atRight) = (mean(left).loss, mean(right).loss)
    for _ in 0..<60 {
      if atLeft <= atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - golden * (high - low)
        atLeft = mean(left).loss
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + golden * (high - low)
        atRight = mean(right).loss
      }
    }
    (low, high) = ((low + high) / 2, log(1e3))
    let surest = Double(targets.count + 1) / Double(targets.count + 2)
    guard mean(low).confidence > surest else { return Float(exp(low)) }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if mean(middle).confidence > surest { low = middle } else { high = middle }
    }
    return Float(exp(high))
  }

  /// Expected calibration error (Naeini and others, 2015): how far confidence and the share of
  /// right answers lie apart, mean over equal bins of confidence weighted by their answers; 0…1.
  package static func expectedError(
    _ confidences: [Float], _ right: [Bool], bins: Int = 15
  ) -> Double {
    guard !confidences.isEmpty else { return 0 }
    var sums = [(confidence: Double, right: Double)](repeating: (0, 0), count: bins)
    for (confidence, isRight) in zip(confidences, right) {
      let bin = max(0, min(bins - 1, Int(confidence * Float(bins))))
      sums[bin].confidence += Double(confidence)
      sums[bin].right += isRight ? 1 : 0
    }
    return sums.reduce(0) { $0 + abs($1.confidence - $1.right) } / Double(confidences.count)
  }

  /// The lowest confidence from which on no more than `errorRate` of the answers were wrong, in the
  /// mean over what other models may bring.
  ///
  /// One wrong answer is added to those that were seen (conformal risk control, Angelopoulos and
  /// others, 2022), so that few models give a careful threshold.
  ///
  /// - Returns: `nil` where no threshold keeps the rate.
  package static func abstention(
    _ confidences: [Float], _ right: [Bool], errorRate: Double
  ) -> ExpertFacts.Abstention? {
    let order = confidences.indices.sorted { confidences[$0] > confidences[$1] }
    var wrong = 0
    var below: Float?
    for (place, index) in order.enumerated() {
      wrong += right[index] ? 0 : 1
      // Answers of one confidence are given or withheld together.
      let next = place + 1
      if next < order.count, confidences[order[next]] == confidences[index] { continue }
      if Double(wrong + 1) / Double(next + 1) <= errorRate { below = confidences[index] }
    }
    return below.map { ExpertFacts.Abstention(below: $0, errorRate: Float(errorRate)) }
  }
}
