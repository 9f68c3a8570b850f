import Tensors

/// Adam as PyTorch defines it (`torch.optim.Adam`): weight decay is added to the gradient, both
/// moments are corrected for their start at zero.
package struct Adam: Sendable, Equatable {
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
  /// Moving means of the gradients.
  package private(set) var first: [[Float]]
  /// Moving means of their squares.
  package private(set) var second: [[Float]]

  /// Moments of zero for tensors of the given sizes.
  package init(_ settings: Settings, sizes: [Int]) {
    self.settings = settings
    first = sizes.map { [Float](repeating: 0, count: $0) }
    second = first
  }

  /// An optimiser in the middle of a run.
  package init(_ settings: Settings, steps: Int, first: [[Float]], second: [[Float]]) {
    precondition(first.map(\.count) == second.map(\.count), "one of each moment")
    self.settings = settings
    self.steps = steps
    self.first = first
    self.second = second
  }

  /// One step: changes every tensor against the sum of one or two gradients. Costs one pass over
  /// each; `threads` share it, and the result is the same.
  package mutating func step(
    _ tensors: inout [[Float]], _ gradient: [[Float]], adding more: [[Float]]? = nil,
    threads: Int = 1
  ) {
    steps += 1
    let correction1 = 1 - Self.power(settings.beta1, steps)
    let correction2 = (1 - Self.power(settings.beta2, steps)).squareRoot()
    let step = TrainingLoops.AdamStep(
      beta1: settings.beta1, beta2: settings.beta2, decay: settings.weightDecay,
      rate: Float(Double(settings.rate) / correction1), scale: Float(1 / correction2),
      epsilon: settings.epsilon)
    for place in tensors.indices {
      TrainingLoops.adam(
        &tensors[place], first: &first[place], second: &second[place],
        gradient: gradient[place], adding: more?[place], step,
        // A thread is not worth waking for less.
        parts: tensors[place].count < 1 << 16 ? 1 : threads, each: Threads.each)
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
