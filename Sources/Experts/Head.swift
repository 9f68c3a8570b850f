package import Tensors

/// What the numbers of a head mean, apart from which expert it belongs to.
package enum Head {
  /// Cosines `n × m` of `n` representations with `m` directions of length 1.
  package static func cosines(_ representations: Matrix, with directions: Matrix) -> Matrix {
    BLAS.product(.asStored(representations.normalizingRows()), .transposed(directions))
  }
}
