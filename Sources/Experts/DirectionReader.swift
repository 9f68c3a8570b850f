package import Checkpoints
package import Tensors

/// Reads a layer by what it does to one direction: the one that the training of the whole tree used
/// most.
///
///     u = X · d                      response to the tree's main direction,    d_H
///     e = M · u / |u| + b            without the tree's mean, whitened,        r_T = d_H
///
/// X is a LoRA change, or a whole layer without the mean of its tree, which `InputPreparation`
/// takes away. Every model of a zoo of adapters is tuned on texts or pictures that look alike to
/// its inner layers, so that the changes share their input direction and what tells models apart is
/// where that direction is sent. One probe, chosen in closed form, sees that with less noise than
/// 128 trained ones: what remains of the other directions differs from run to run.
///
/// Cost: one product with a vector, `2 · d_H · d_W` operations (for LoRA `2 · r · (d_H + d_W)`),
/// and `2 · d_H · r_T`.
package struct DirectionReader: LayerNetwork {
  /// d, `d_W × 1`, of length 1.
  package let direction: Matrix
  /// M and b.
  package let whitening: Linear

  /// A network over parts that go together.
  package init(direction: Matrix, whitening: Linear) {
    self.direction = direction
    self.whitening = whitening
  }

  /// Which network it is.
  package var kind: NetworkKind { .direction }
  /// d_H.
  package var rows: Int { whitening.weight.columns }
  /// d_W.
  package var columns: Int { direction.rows }
  /// d_H.
  package var projectedCount: Int { rows }
  /// r_T.
  package var dimension: Int { whitening.weight.rows }
  /// How many numbers the network has.
  package var parameterCount: Int {
    direction.values.count + whitening.weight.values.count + whitening.bias.count
  }
  /// One direction.
  package var probeCount: Int { 1 }
  /// All of the response is kept.
  package var projectionCount: Int { rows }

  /// Writes u / |u| of one layer.
  package func project(_ layer: Layer, scale: Float, into projected: inout [Float], row: Int) {
    precondition(layer.rows == rows && layer.columns == columns, "the layer has another shape")
    projected.replaceSubrange(
      row * rows..<(row + 1) * rows, with: Self.response(of: layer, to: direction, scale: scale))
  }

  /// The representations of `n` layers' responses.
  package func represent(_ projected: Matrix) -> Matrix { whitening.forward(projected) }

  /// X · d, brought to length 1; of a layer without any response zeros, and no numbers of one whose
  /// response is too long for a number.
  static func response(of layer: Layer, to direction: Matrix, scale: Float) -> [Float] {
    let response: Matrix
    switch layer {
    case .full(let matrix):
      response = BLAS.product(.asStored(matrix), .asStored(direction), scale: scale)
    case .lowRank(let pair):
      response = BLAS.product(
        .asStored(pair.up), .asStored(BLAS.product(.asStored(pair.down), .asStored(direction))),
        scale: scale * pair.scale)
    }
    let length = max(Vector.length(response.values[...]), .leastNormalMagnitude)
    // Divided by infinity the largest weights would look like none.
    return response.values.map { length.isFinite ? $0 / length : .nan }
  }
}

extension DirectionReader {
  /// The names of the tensors in files.
  static let tensorNames = ["direction", "whitening.weight", "whitening.bias"]

  /// The network of a file.
  init(_ source: TensorSource) throws(ExpertError) {
    let direction = try source.vector("direction")
    let whitening = try source.linear("whitening")
    guard !direction.isEmpty, whitening.weight.values.count > 0 else {
      throw source.wrong("direction", "or its whitening is empty")
    }
    self.init(
      direction: Matrix(rows: direction.count, columns: 1, values: direction),
      whitening: whitening)
  }

  /// The tensors as files hold them.
  package var published: [SafetensorsWriter.Tensor] {
    [
      SafetensorsWriter.Tensor(
        name: "direction", values: direction.values, shape: [direction.rows]),
      SafetensorsWriter.Tensor(
        name: "whitening.bias", values: whitening.bias, shape: [whitening.bias.count]),
      SafetensorsWriter.Tensor(
        name: "whitening.weight", values: whitening.weight.values,
        shape: [whitening.weight.rows, whitening.weight.columns]),
    ]
  }
}
