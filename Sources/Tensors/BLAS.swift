import COpenBLAS

/// Products of matrices. The only file that calls BLAS: pointers enter it by closure and never leave.
///
/// Requests run side by side on their own threads, so BLAS itself is told to use one: its own
/// threads collapse when the cores are busy. Results differ in the last bits between processors'
/// kernels, never between two runs on one.
package enum BLAS {
  /// Sets how many threads one product may use. Process-wide; call once, before the first product.
  package static func setThreads(_ count: Int) {
    openblas_set_num_threads(Int32(clamping: count))
  }

  /// How many threads one product uses.
  package static var threads: Int { Int(openblas_get_num_threads()) }

  /// The kernel family that OpenBLAS chose for this processor, such as `Cooperlake`. It explains
  /// most differences in speed between two machines.
  package static var coreName: String { unsafe String(cString: openblas_get_corename()) }

  /// OpenBLAS's own account of its version and build.
  package static var configuration: String { unsafe String(cString: openblas_get_config()) }

  /// One factor of a product: a matrix, read as it is or transposed.
  package struct Factor {
    let matrix: Matrix
    let transposed: Bool

    var rows: Int { transposed ? matrix.columns : matrix.rows }
    var columns: Int { transposed ? matrix.rows : matrix.columns }

    /// The matrix as it is stored.
    package static func asStored(_ matrix: Matrix) -> Factor {
      Factor(matrix: matrix, transposed: false)
    }

    /// The matrix with rows and columns exchanged; nothing is copied.
    package static func transposed(_ matrix: Matrix) -> Factor {
      Factor(matrix: matrix, transposed: true)
    }
  }

  /// `scale · left · right`, `left.rows × right.columns`.
  ///
  /// Cost: `2 · rows · columns · inner` floating-point operations.
  package static func product(_ left: Factor, _ right: Factor, scale: Float = 1) -> Matrix {
    let count = left.rows * right.columns
    let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe multiply(left, right, scale: scale, into: buffer.baseAddress)
      initialized = count
    }
    return Matrix(rows: left.rows, columns: right.columns, values: values)
  }

  /// `scale · left · right`, written row-major into `result` from `offset` on.
  package static func product(
    _ left: Factor, _ right: Factor, scale: Float = 1, into result: inout [Float], at offset: Int
  ) {
    let count = left.rows * right.columns
    precondition(offset >= 0 && offset + count <= result.count, "the product must fit the result")
    unsafe result.withUnsafeMutableBufferPointer { buffer in
      unsafe multiply(
        left, right, scale: scale, into: buffer.baseAddress.map { unsafe $0 + offset })
    }
  }

  private static func multiply(
    _ left: Factor, _ right: Factor, scale: Float, into result: UnsafeMutablePointer<Float>?
  ) {
    precondition(left.columns == right.rows, "the inner dimensions of a product must agree")
    let (rows, columns, inner) = (left.rows, right.columns, left.columns)
    guard rows > 0, columns > 0, let result = unsafe result else { return }
    guard inner > 0 else { return unsafe result.update(repeating: 0, count: rows * columns) }
    unsafe left.matrix.values.withUnsafeBufferPointer { a in
      unsafe right.matrix.values.withUnsafeBufferPointer { b in
        if rows == 1 {
          // One row: a matrix-vector product reads `right` once, while sgemm would first copy all
          // of it into packed panels (33 MB for a common encoder).
          let matrix = right.matrix
          unsafe cblas_sgemv(
            CblasRowMajor, right.transposed ? CblasNoTrans : CblasTrans,
            Int32(matrix.rows), Int32(matrix.columns), scale, b.baseAddress, Int32(matrix.columns),
            a.baseAddress, 1, 0, result, 1)
        } else {
          unsafe cblas_sgemm(
            CblasRowMajor, left.transposed ? CblasTrans : CblasNoTrans,
            right.transposed ? CblasTrans : CblasNoTrans,
            Int32(rows), Int32(columns), Int32(inner), scale,
            a.baseAddress, Int32(left.matrix.columns), b.baseAddress, Int32(right.matrix.columns),
            0, result, Int32(columns))
        }
      }
    }
  }
}
