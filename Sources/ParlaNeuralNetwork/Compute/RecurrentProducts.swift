/// The product that a recurrent layer makes at each frame: its former outputs times some weights, in any precision.
///
/// Columns from `splitAt` on go to another place than those before.
struct RecurrentProducts {
  private let weight: Weight
  private let rows: Int
  private let split: Int
  private let compute: Compute
  private let workspace: ActivationWorkspace?

  init(_ weight: Weight, rows: Int, splitAt split: Int, compute: Compute) {
    self.weight = weight
    self.rows = rows
    self.split = split
    self.compute = compute
    if case .matrix(let matrix, _) = weight {
      workspace = ActivationWorkspace(rows: rows, depth: matrix.inputCount)
    } else {
      workspace = nil
    }
  }

  /// The part that the thread of number `index` computes.
  func onThread(_ index: Int) -> Thread {
    let columns = compute.share(
      index, of: compute.threadCount, count: weight.outputCount, grain: 32)
    let parts = [
      columns.clamped(to: 0..<split), columns.clamped(to: split..<weight.outputCount),
    ]
    switch weight {
    case .tensor(let tensor):
      let packed = parts.map {
        PackedColumns(tensor, transposed: true, columns: $0, for: compute)
      }
      return Thread(
        weight: weight, rows: rows, split: split, parts: parts, packed: packed,
        space: packed[0].rowSpace(rows: rows), compute: compute, workspace: workspace)
    case .matrix:
      return Thread(
        weight: weight, rows: rows, split: split, parts: parts, packed: [],
        space: Tensor(unwritten: [0]), compute: compute, workspace: workspace)
    }
  }

  /// One thread's part.
  struct Thread {
    let weight: Weight
    let rows: Int
    let split: Int
    let parts: [Range<Int>]
    let packed: [PackedColumns]
    var space: Tensor
    let compute: Compute
    let workspace: ActivationWorkspace?

    /// Quantises the thread's `range` of the rows, where the weights want it; all threads wait for each other then.
    @unsafe func prepare(_ inputs: UnsafePointer<Float>, _ range: Range<Int>) {
      guard case .matrix(let matrix, _) = weight, let workspace else { return }
      unsafe ActivationRows(
        inputs, rows: rows, for: matrix, isFine: true, workspace: workspace
      ).prepare(range)
      compute.pool.meet()
    }

    /// Adds the products to `first`, columns from the split on to `second`, whose rows start `stride` apart.
    @unsafe mutating func add(
      _ inputs: UnsafePointer<Float>, to first: UnsafeMutablePointer<Float>,
      _ second: UnsafeMutablePointer<Float>, stride: Int
    ) {
      let targets = unsafe [first, second - split]
      switch weight {
      case .tensor(let tensor):
        for (index, columns) in packed.enumerated() {
          unsafe columns.addProduct(
            rows: rows, MatrixPointer(inputs, stride: tensor.columnCount),
            to: MatrixPointer(targets[index], stride: stride), space: &space)
        }
      case .matrix(let matrix, _):
        guard let workspace else { return }
        let activations = unsafe ActivationRows(
          inputs, rows: rows, for: matrix, isFine: true, workspace: workspace)
        for (index, columns) in parts.enumerated() where !columns.isEmpty {
          unsafe activations.addProducts(
            matrix, outputs: columns, to: targets[index], stride: stride)
        }
      }
    }
  }
}
