package import Tensors

/// A response with mean 0 and deviation 1 over all its entries, as MVProbe standardises each:
/// `(S − mean) / (deviation + 10⁻⁸)`, the deviation with N − 1. Forward stands beside backward.
package struct Standardised: Sendable {
  /// In the shape of the response.
  package let values: Matrix
  private let deviation: Float

  private static let epsilon: Float = 1e-8

  /// Costs three passes over the response.
  package init(_ response: Matrix) {
    let moments = Moments(response.values)
    deviation = moments.deviation
    var response = response
    let (mean, divisor) = (moments.mean, deviation + Self.epsilon)
    for index in response.values.indices {
      response.values[index] = (response.values[index] - mean) / divisor
    }
    values = response
  }

  /// dS = (dY − mean(dY)) / (σ + ε) − Y · (Σ dY∘Y) / ((N − 1) · σ), with Y the values; of a
  /// constant response, whose deviation has no derivative, the first term alone.
  package func gradient(_ outer: Matrix) -> Matrix {
    precondition(outer.values.count == values.values.count, "the derivative by every entry")
    let mean = Moments(outer.values).mean
    var along = 0.0
    for index in outer.values.indices {
      along += Double(outer.values[index]) * Double(values.values[index])
    }
    let share =
      deviation > 0 ? Float(along / (Double(outer.values.count - 1) * Double(deviation))) : 0
    let divisor = deviation + Self.epsilon
    var result = outer
    for index in result.values.indices {
      result.values[index] =
        (outer.values[index] - mean) / divisor - values.values[index] * share
    }
    return result
  }
}
