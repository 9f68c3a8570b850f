package import Tensors

/// One linear layer with bias, as PyTorch stores it: `y = x · Wᵀ + b`.
package struct Linear: Sendable, Equatable {
  /// W, `outputs × inputs`.
  package let weight: Matrix
  /// b, `outputs`.
  package let bias: [Float]

  /// A layer over the given tensors.
  ///
  /// - Throws: `ExpertError` naming `subject` when bias and weight do not go together.
  package init(weight: Matrix, bias: [Float], subject: String, name: String) throws(ExpertError) {
    guard bias.count == weight.rows else {
      throw ExpertError(
        subject,
        problem:
          "\(name).bias has \(bias.count) numbers, but \(name).weight has \(weight.rows) rows.",
        remedy: "Export the expert again.")
    }
    self.weight = weight
    self.bias = bias
  }

  /// A layer over tensors that go together.
  init(weight: Matrix, bias: [Float]) {
    precondition(bias.count == weight.rows, "one bias for each output")
    self.weight = weight
    self.bias = bias
  }

  /// `n × inputs` in, `n × outputs` out.
  package func forward(_ input: Matrix) -> Matrix {
    var result = BLAS.product(.asStored(input), .transposed(weight))
    Linear.add(bias, toRowsOf: &result)
    return result
  }

  /// Adds the same vector to each row.
  static func add(_ bias: [Float], toRowsOf matrix: inout Matrix) {
    precondition(bias.count == matrix.columns, "one number for each column")
    for row in 0..<matrix.rows {
      let start = row * matrix.columns
      for column in bias.indices { matrix.values[start + column] += bias[column] }
    }
  }
}
