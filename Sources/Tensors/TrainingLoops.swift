import CProbex

/// Loops of training over long lists, which are worth the processor's widest vectors. Like `BLAS`,
/// this file takes pointers from arrays and lets none of them leave.
package enum TrainingLoops {
  /// What one step of Adam needs beside the numbers.
  package struct AdamStep: Sendable {
    package let beta1: Float
    package let beta2: Float
    /// Added to the gradient, times the number itself.
    package let decay: Float
    /// The learning rate, corrected for the first moment's start at zero.
    package let rate: Float
    /// What the root of the second moment is multiplied with for its start at zero.
    package let scale: Float
    package let epsilon: Float

    package init(
      beta1: Float, beta2: Float, decay: Float, rate: Float, scale: Float, epsilon: Float
    ) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.decay = decay
      self.rate = rate
      self.scale = scale
      self.epsilon = epsilon
    }
  }

  /// Changes `numbers` and both moments against the sum of one or two gradients, all of one length.
  ///
  /// - Parameters:
  ///   - parts: how many pieces of equal length the work is cut into; the result is the same.
  ///   - each: calls its closure once with every number below the first argument, in any order and
  ///     on any thread, and returns when all calls have.
  ///
  /// Cost: reads five lists and writes three, once.
  package static func adam(
    _ numbers: inout [Float], first: inout [Float], second: inout [Float], gradient: [Float],
    adding more: [Float]?, _ step: AdamStep, parts: Int,
    each: (Int, @Sendable (Int) -> Void) -> Void
  ) {
    let count = numbers.count
    precondition(
      [first.count, second.count, gradient.count, more?.count ?? count]
        .allSatisfy { $0 == count }, "one number of each")
    let facts = probex_adam_step(
      beta1: step.beta1, beta2: step.beta2, decay: step.decay, rate: step.rate,
      scale: step.scale, epsilon: step.epsilon)
    let length = (count + parts - 1) / max(parts, 1)
    unsafe numbers.withUnsafeMutableBufferPointer { x in
      unsafe first.withUnsafeMutableBufferPointer { m in
        unsafe second.withUnsafeMutableBufferPointer { v in
          unsafe gradient.withUnsafeBufferPointer { g in
            unsafe withOptional(more) { h in
              guard let x = x.baseAddress, let m = m.baseAddress, let v = v.baseAddress,
                let g = g.baseAddress
              else { return }
              // The parts do not overlap, and `each` returns after the last.
              let lists = unsafe AdamLists(x: x, m: m, v: v, g: g, h: h)
              each(parts) { part in
                let start = min(part * length, count)
                lists.step(facts, from: start, count: min(length, count - start))
              }
            }
          }
        }
      }
    }
  }

  /// The way back through a ReLU: sets to 0 what stands where `rectified` is not above 0.
  package static func cut(_ change: inout [Float], where rectified: [Float]) {
    precondition(change.count == rectified.count, "one number of each")
    unsafe change.withUnsafeMutableBufferPointer { change in
      unsafe rectified.withUnsafeBufferPointer { rectified in
        guard let c = change.baseAddress, let r = rectified.baseAddress else { return }
        unsafe probex_cut(c, r, change.count)
      }
    }
  }

  /// The lists of one step, for all of its parts.
  @safe private struct AdamLists: @unchecked Sendable {
    let x: UnsafeMutablePointer<Float>
    let m: UnsafeMutablePointer<Float>
    let v: UnsafeMutablePointer<Float>
    let g: UnsafePointer<Float>
    let h: UnsafePointer<Float>?

    func step(_ facts: probex_adam_step, from start: Int, count: Int) {
      unsafe withUnsafePointer(to: facts) { facts in
        unsafe probex_adam(
          x + start, m + start, v + start, g + start, h.map { unsafe $0 + start }, count, facts)
      }
    }
  }

  private static func withOptional(
    _ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void
  ) {
    guard let values else { return body(nil) }
    unsafe values.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }
}
