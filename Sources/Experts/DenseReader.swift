package import Checkpoints
package import Tensors

/// The dense baseline of the ProbeX paper: an answer that is linear in every single weight.
///
/// The network itself does nothing: its representation is the layer row by row, `r_T = d_H · d_W`,
/// and the expert's head is the dense layer. So logits are `W · vec(X) + b`, a plain linear
/// classifier, and of texts the cosine of `vec(X)` with `W · t + b`. It has no tensors, but a head
/// with `d_H · d_W` numbers for each output or text dimension: a yardstick for small layers, not
/// something to serve.
package struct DenseReader: LayerNetwork, Equatable {
  /// d_H, the rows of the layers it reads.
  package let rows: Int
  /// d_W, the columns of the layers it reads.
  package let columns: Int

  /// A reader of layers of that shape.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// A reader of the layer that a file names, in numbers nobody has checked.
  ///
  /// - Throws: `ExpertError` naming `subject` where no memory could hold such a layer.
  init(_ layer: ExpertFacts.LayerShape, subject: String) throws(ExpertError) {
    guard !layer.rows.multipliedReportingOverflow(by: layer.columns).overflow else {
      throw ExpertError(
        subject,
        problem:
          "says that it reads layers of \(layer.rows)×\(layer.columns), which no file holds.",
        remedy: "Train the expert again.")
    }
    self.init(rows: layer.rows, columns: layer.columns)
  }

  /// Which network it is.
  package var kind: NetworkKind { .dense }
  /// d_H · d_W.
  package var projectedCount: Int { rows * columns }
  /// d_H · d_W.
  package var dimension: Int { rows * columns }
  /// None: the head has them all.
  package var parameterCount: Int { 0 }
  /// None.
  package var probeCount: Int { 0 }
  /// None.
  package var projectionCount: Int { 0 }

  /// Writes the layer, row by row, as row `row` of the `n × projectedCount` numbers. A LoRA is
  /// multiplied out.
  package func project(_ layer: Layer, scale: Float, into projected: inout [Float], row: Int) {
    precondition(layer.rows == rows && layer.columns == columns, "the layer has another shape")
    let matrix = layer.multipliedOut
    let offset = row * projectedCount
    for index in matrix.values.indices { projected[offset + index] = scale * matrix.values[index] }
  }

  /// The same numbers.
  package func represent(_ projected: Matrix) -> Matrix {
    precondition(projected.columns == projectedCount, "rows of another network")
    return projected
  }
}
