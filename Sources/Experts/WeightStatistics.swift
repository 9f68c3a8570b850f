package import Checkpoints
package import Tensors

/// Seven numbers about the weights of a layer ("Predicting Neural Network Accuracy from Weights",
/// arXiv 2002.11448): their mean, their variance, and their quantiles at 0, 25, 50, 75 and 100 %.
package struct WeightStatistics: Sendable, Equatable {
  /// In the order of the type's description.
  package let values: [Float]

  /// How many there are.
  package static let count = 7

  /// Of a matrix with at least one entry. Quantiles lie on the straight line between their two
  /// neighbours in order, PyTorch's `quantile`; the variance has N − 1.
  ///
  /// Cost: a few passes over the entries. They are counted by their upper 16 bits, and only those
  /// that share them with a quantile are sorted: training asks again in every epoch.
  package init(_ matrix: Matrix) {
    precondition(!matrix.values.isEmpty, "statistics of something")
    let moments = Moments(matrix.values)
    let last = matrix.values.count - 1
    let order = OrderStatistics(matrix.values)
    let quantiles = (0...4).map { quarter in
      let (place, rest) = (last * quarter).quotientAndRemainder(dividingBy: 4)
      let below = order[place]
      let above = rest == 0 ? below : order[place + 1]
      return below + Float(rest) / 4 * (above - below)
    }
    values = [moments.mean, moments.variance] + quantiles
  }

  /// Of a layer; a LoRA is multiplied out.
  package init(_ layer: Layer) { self.init(layer.multipliedOut) }

  private init(values: [Float]) { self.values = values }

  /// Those of the layer multiplied with a number; a negative one turns the order round.
  package func scaled(by scale: Float) -> WeightStatistics {
    let quantiles = values[2...].map { $0 * scale }
    return WeightStatistics(
      values: [values[0] * scale, values[1] * scale * scale]
        + (scale < 0 ? quantiles.reversed() : quantiles))
  }
}

/// The k-th smallest of many numbers, for several k.
private struct OrderStatistics {
  private let values: [Float]
  /// How many numbers have a smaller upper half, for each upper half.
  private let before: [Int]

  init(_ values: [Float]) {
    self.values = values
    var counts = [Int](repeating: 0, count: 1 << 16)
    for value in values { counts[Self.bin(value)] += 1 }
    var sum = 0
    before = counts.map { count in
      defer { sum += count }
      return sum
    }
  }

  /// The number that `rank` others stand before in ascending order.
  subscript(rank: Int) -> Float {
    // The last bin with no more than `rank` numbers before it holds it.
    var (low, high) = (0, before.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if before[middle] <= rank { low = middle } else { high = middle }
    }
    return values.filter { Self.bin($0) == low }.sorted()[rank - before[low]]
  }

  /// The upper half of the number's bits, put into the order of numbers.
  private static func bin(_ value: Float) -> Int {
    let bits = value.bitPattern
    return Int((bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits) >> 16)
  }
}
