package import Tensors

/// What turns representations into answers.
package enum Head: Sendable, Equatable {
  /// One yes/no question per label: `logits = W · e + b`, `W` is `labels × r_T`.
  case categories(Linear)
  /// Cosines with projected text embeddings: `c = W · t + b`, `W` is `r_T × d_text`.
  case text(Linear)

  /// The logits of a category head, `n × labels`, for `n × r_T` representations.
  package static func logits(_ representations: Matrix, _ head: Linear) -> Matrix {
    head.forward(representations)
  }

  /// Text embeddings `m × d_text` as directions in the space of representations, `m × r_T`, each of
  /// length 1. Computed once for a resident table, not for each request.
  package static func directions(_ embeddings: Matrix, _ head: Linear) -> Matrix {
    head.forward(embeddings).normalizingRows()
  }

  /// Cosines `n × m` of `n` representations with `m` directions of length 1.
  package static func cosines(_ representations: Matrix, with directions: Matrix) -> Matrix {
    BLAS.product(.asStored(representations.normalizingRows()), .transposed(directions))
  }
}
