/// Adam as PyTorch defines it (`torch.optim.Adam`): weight decay is added to the gradient, both
/// moments are corrected for their start at zero.
package struct Adam: Sendable {
  /// What a run is started with; the defaults are PyTorch's.
  package struct Settings: Sendable, Equatable {
    package var rate: Float
    package var weightDecay: Float
    package var beta1: Float = 0.9
    package var beta2: Float = 0.999
    package var epsilon: Float = 1e-8

    package init(rate: Float, weightDecay: Float) {
      self.rate = rate
      self.weightDecay = weightDecay
    }
  }

  /// What the run was started with.
  package let settings: Settings
  /// Steps made so far.
  package private(set) var steps = 0
  private var first: [[Float]]
  private var second: [[Float]]

  /// Moments of zero for tensors of the given sizes.
  package init(_ settings: Settings, sizes: [Int]) {
    self.settings = settings
    first = sizes.map { [Float](repeating: 0, count: $0) }
    second = first
  }

  /// One step: changes every tensor against its gradient. Costs one pass over each.
  package mutating func step(_ tensors: inout [[Float]], _ gradients: [[Float]]) {
    steps += 1
    let (beta1, beta2) = (settings.beta1, settings.beta2)
    let correction1 = 1 - Self.power(beta1, steps)
    let correction2 = (1 - Self.power(beta2, steps)).squareRoot()
    let rate = Float(Double(settings.rate) / correction1)
    let (decay, epsilon) = (settings.weightDecay, settings.epsilon)
    let scale = Float(1 / correction2)
    for place in tensors.indices {
      precondition(tensors[place].count == gradients[place].count, "one number for each")
      for index in tensors[place].indices {
        let gradient = gradients[place][index] + decay * tensors[place][index]
        let mean = beta1 * first[place][index] + (1 - beta1) * gradient
        let square = beta2 * second[place][index] + (1 - beta2) * gradient * gradient
        first[place][index] = mean
        second[place][index] = square
        tensors[place][index] -= rate * mean / (square.squareRoot() * scale + epsilon)
      }
    }
  }

  private static func power(_ base: Float, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, Double(base), exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
