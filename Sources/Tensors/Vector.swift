import Glibc

/// The few loops over one vector that networks need.
package enum Vector {
  /// Euclidean length, summed in double precision: the sum of thousands of squares of weights loses
  /// three digits in single precision.
  package static func length(_ values: ArraySlice<Float>) -> Float {
    var sum = 0.0
    for value in values { sum += Double(value) * Double(value) }
    return Float(sum.squareRoot())
  }

  /// `ln x`.
  package static func logarithm(_ value: Float) -> Float { logf(value) }

  /// `e^x`.
  package static func exponential(_ value: Float) -> Float { expf(value) }

  /// `1 / (1 + e^-x)`, in the form that never overflows.
  package static func sigmoid(_ logit: Float) -> Float {
    if logit >= 0 { return 1 / (1 + expf(-logit)) }
    let power = expf(logit)
    return power / (1 + power)
  }

  /// The probabilities proportional to `e^(score / temperature)`, same order, sum 1. An empty input
  /// gives an empty output; `temperature` must be positive.
  package static func softmax(_ scores: [Float], temperature: Float = 1) -> [Float] {
    precondition(temperature > 0, "a temperature is positive")
    guard let greatest = scores.max() else { return [] }
    // The greatest is subtracted first, so that no power overflows.
    let powers = scores.map { exp(Double(($0 - greatest) / temperature)) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }
}
