import COpenBLAS
import CProbex

/// Products of matrices. The only file that calls BLAS: pointers enter it by closure and never
/// leave.
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

  /// One factor of a product: a matrix or some of its rows, read as they are or transposed.
  package struct Factor {
    let matrix: Matrix
    let block: Range<Int>
    let transposed: Bool

    var rows: Int { transposed ? matrix.columns : block.count }
    var columns: Int { transposed ? block.count : matrix.columns }

    private init(_ matrix: Matrix, _ block: Range<Int>?, transposed: Bool) {
      let block = block ?? 0..<matrix.rows
      precondition(
        block.lowerBound >= 0 && block.upperBound <= matrix.rows, "rows beyond the matrix")
      self.matrix = matrix
      self.block = block
      self.transposed = transposed
    }

    /// The matrix as it is stored, or the given rows of it.
    package static func asStored(_ matrix: Matrix, rows: Range<Int>? = nil) -> Factor {
      Factor(matrix, rows, transposed: false)
    }

    /// The matrix, or the given rows of it, with rows and columns exchanged; nothing is copied.
    package static func transposed(_ matrix: Matrix, rows: Range<Int>? = nil) -> Factor {
      Factor(matrix, rows, transposed: true)
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

  /// `scale · left · right`, written row-major into `result` from `offset` on, or added to what
  /// stands there.
  package static func product(
    _ left: Factor, _ right: Factor, scale: Float = 1, into result: inout [Float], at offset: Int,
    adding: Bool = false
  ) {
    let count = left.rows * right.columns
    precondition(offset >= 0 && offset + count <= result.count, "the product must fit the result")
    unsafe result.withUnsafeMutableBufferPointer { buffer in
      unsafe multiply(
        left, right, scale: scale, adding: adding,
        into: buffer.baseAddress.map { unsafe $0 + offset })
    }
  }

  /// `left · right` for few rows with many zeros and a tall matrix: `n × K` times `K × N`, as an
  /// encoder of rectified responses needs it.
  ///
  /// Up to four rows are sums of the rows of `right` whose weight is not zero: half of the memory
  /// traffic, which is all of the time. More rows go through BLAS in tiles that its kernels for
  /// small matrices take as they are, without copying 33 MB into packed panels first; those kernels
  /// exist for AVX-512, elsewhere the tiles gain and lose nothing. `Tests/Benchmarks` shows the
  /// whole of it.
  package static func productWithTall(_ left: Matrix, _ right: Matrix) -> Matrix {
    precondition(left.columns == right.rows, "the inner dimensions of a product must agree")
    var result = Matrix(rows: left.rows, columns: right.columns)
    guard left.rows > 0, right.columns > 0, left.columns > 0 else { return result }
    unsafe result.values.withUnsafeMutableBufferPointer { result in
      unsafe left.values.withUnsafeBufferPointer { weights in
        unsafe right.values.withUnsafeBufferPointer { rows in
          guard let y = result.baseAddress, let p = weights.baseAddress, let w = rows.baseAddress
          else { return }
          if left.rows <= 4 {
            for row in 0..<left.rows {
              unsafe probex_sum_rows(
                p + row * left.columns, left.columns, w, right.columns, y + row * right.columns)
            }
          } else {
            unsafe multiplyInTiles(left, p, right, w, into: y)
          }
        }
      }
    }
    return result
  }

  /// Tiles below OpenBLAS's bound for its small-matrix kernels, 10⁶ multiplications.
  private static func multiplyInTiles(
    _ left: Matrix, _ p: UnsafePointer<Float>, _ right: Matrix, _ w: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    let (height, depth, width) = (32, 240, 64)
    for top in stride(from: 0, to: left.rows, by: height) {
      let rows = min(height, left.rows - top)
      for start in stride(from: 0, to: right.rows, by: depth) {
        let inner = min(depth, right.rows - start)
        for column in stride(from: 0, to: right.columns, by: width) {
          unsafe cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows),
            Int32(min(width, right.columns - column)), Int32(inner), 1,
            p + top * left.columns + start, Int32(left.columns),
            w + start * right.columns + column, Int32(right.columns), start == 0 ? 0 : 1,
            y + top * right.columns + column, Int32(right.columns))
        }
      }
    }
  }

  /// The matrix with rows and columns exchanged, in tiles. Costs one read and one write of it.
  package static func transpose(_ matrix: Matrix) -> Matrix {
    let values = unsafe [Float](unsafeUninitializedCapacity: matrix.values.count) { buffer, count in
      unsafe matrix.values.withUnsafeBufferPointer { source in
        guard let a = source.baseAddress, let b = buffer.baseAddress, !matrix.values.isEmpty
        else { return }
        unsafe cblas_somatcopy(
          CblasRowMajor, CblasTrans, Int32(matrix.rows), Int32(matrix.columns), 1, a,
          Int32(matrix.columns), b, Int32(matrix.rows))
      }
      count = matrix.values.count
    }
    return Matrix(rows: matrix.columns, columns: matrix.rows, values: values)
  }

  private static func multiply(
    _ left: Factor, _ right: Factor, scale: Float, adding: Bool = false,
    into result: UnsafeMutablePointer<Float>?
  ) {
    precondition(left.columns == right.rows, "the inner dimensions of a product must agree")
    let (rows, columns, inner) = (left.rows, right.columns, left.columns)
    guard rows > 0, columns > 0, let result = unsafe result else { return }
    guard inner > 0 else {
      if !adding { unsafe result.update(repeating: 0, count: rows * columns) }
      return
    }
    let beta: Float = adding ? 1 : 0
    let (leftWidth, rightWidth) = (left.matrix.columns, right.matrix.columns)
    unsafe left.matrix.values.withUnsafeBufferPointer { a in
      unsafe right.matrix.values.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return }
        let (first, second) = unsafe (
          a + left.block.lowerBound * leftWidth, b + right.block.lowerBound * rightWidth
        )
        if rows == 1 {
          // One row: a matrix-vector product reads `right` once, while sgemm would first copy all
          // of it into packed panels.
          unsafe cblas_sgemv(
            CblasRowMajor, right.transposed ? CblasNoTrans : CblasTrans,
            Int32(right.block.count), Int32(rightWidth), scale, second, Int32(rightWidth),
            first, 1, beta, result, 1)
        } else {
          unsafe cblas_sgemm(
            CblasRowMajor, left.transposed ? CblasTrans : CblasNoTrans,
            right.transposed ? CblasTrans : CblasNoTrans,
            Int32(rows), Int32(columns), Int32(inner), scale,
            first, Int32(leftWidth), second, Int32(rightWidth), beta, result, Int32(columns))
        }
      }
    }
  }
}
