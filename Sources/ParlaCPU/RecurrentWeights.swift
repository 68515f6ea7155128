import CKernels

/// The weights of a recurrent layer, packed for products with a few rows, again and again: in blocks of units that threads
/// take as pieces.
///
/// The operand is a matrix [depth, groups x units]; a block is the same units of each group (gate).
@safe final class RecurrentWeights: Sendable {
  /// The columns that the kernels multiply at once: units of a block are a multiple of it.
  private static let columnsTogether = 32

  /// Blocks per thread: enough that a late thread can do fewer, but not so many that their overhead matters.
  private static let blocksForAThread = 8

  /// Units of a block.
  private let blockUnits: Int

  let blockCount: Int
  private let units: Int
  private let groups: Int
  private let depth: Int
  private let rows: Int
  private nonisolated(unsafe) let kernel: OpaquePointer
  private nonisolated(unsafe) let matrix: parla_operand
  private nonisolated(unsafe) let packed: UnsafeMutablePointer<UInt32>
  private nonisolated(unsafe) let left: UnsafeMutablePointer<UInt32>
  private nonisolated(unsafe) let leftStep: UnsafeMutablePointer<Int>
  private let panelCount: Int
  private let leftCount: Int

  /// Room for the weights `matrix`, and for left operands of `rows` rows.
  ///
  /// Unsafe: the caller keeps the matrix alive.
  @unsafe init(
    _ matrix: parla_operand, groups: Int, units: Int, depth: Int, rows: Int, for compute: Compute
  ) {
    self.units = units
    self.groups = groups
    self.depth = depth
    self.rows = rows
    unsafe self.matrix = unsafe matrix
    unsafe kernel = compute.kernel
    let panels = max(1, (units + Self.columnsTogether - 1) / Self.columnsTogether)
    let blocks = compute.threadCount == 1 ? 1 : Self.blocksForAThread * compute.threadCount
    blockUnits = (panels + blocks - 1) / blocks * Self.columnsTogether
    blockCount = (units + blockUnits - 1) / blockUnits
    panelCount = unsafe parla_packed_count(kernel, depth, blockUnits)
    // Whole cache lines, so that threads do not write to the same one.
    leftCount = unsafe (rows * parla_packed_row_stride(kernel, depth) + 15) / 16 * 16
    unsafe packed = Self.memory(blockCount * groups * panelCount)
    unsafe left = Self.memory(compute.threadCount * leftCount)
    unsafe leftStep = .allocate(capacity: compute.threadCount * 8)
    unsafe leftStep.initialize(repeating: -1, count: compute.threadCount * 8)
  }

  deinit {
    unsafe packed.deallocate()
    unsafe left.deallocate()
    unsafe leftStep.deallocate()
  }

  private static func memory(_ count: Int) -> UnsafeMutablePointer<UInt32> {
    unsafe UnsafeMutableRawPointer.allocate(byteCount: max(4 * count, 64), alignment: 64)
      .bindMemory(to: UInt32.self, capacity: max(count, 16))
  }

  /// The units of a block.
  func range(_ block: Int) -> Range<Int> {
    block * blockUnits..<min(units, (block + 1) * blockUnits)
  }

  /// Packs a block, which is to be multiplied with from the next phase on.
  func pack(_ block: Int) {
    let range = range(block)
    for group in 0..<groups {
      let column = group * units + range.lowerBound
      unsafe parla_pack(
        kernel, depth, range.count,
        parla_operand(
          values: matrix.values + column * (matrix.transposed != 0 ? matrix.stride : 1),
          stride: matrix.stride, transposed: matrix.transposed),
        packed + (block * groups + group) * panelCount)
    }
  }

  /// Adds `a` [rows, depth] times the block to its columns of `result`.
  ///
  /// Only `rows` of `a` and of the result are used. `step` distinguishes these rows of `a` from others, since each thread packs them
  /// once, and `thread` is the number of the calling one.
  @unsafe func addProduct(
    _ block: Int, _ a: MatrixPointer, rows: Range<Int>, step: Int, thread: Int,
    to result: MatrixPointer
  ) {
    let own = unsafe left + thread * leftCount
    if unsafe leftStep[thread * 8] != step {
      let from = unsafe MatrixPointer(a.pointer + rows.lowerBound * a.stride, stride: a.stride)
      unsafe parla_pack_left(kernel, rows.count, depth, from.operand(), own)
      unsafe leftStep[thread * 8] = step
    }
    let range = range(block)
    for group in 0..<groups {
      unsafe parla_packed_product(
        kernel, rows.count, depth, range.count, own,
        packed + (block * groups + group) * panelCount,
        result.pointer + rows.lowerBound * result.stride + group * units + range.lowerBound,
        result.stride)
    }
  }

  /// Packs the weights, then calls `step` with the numbers of `steps`, one after another, and for each with all blocks of all of
  /// the rows.
  ///
  /// It gets besides the number of its thread, and may use what the step before has computed for its rows and any block.
  func walk(
    _ steps: Range<Int>, _ division: WorkDivision, in pool: WorkerPool,
    _ step: @Sendable (_ step: Int, _ block: Int, _ rows: Range<Int>, _ thread: Int) -> Void
  ) {
    guard division.bySequence else {
      pool.run(phases: 1 + steps.count, pieces: blockCount) { phase, block, thread in
        if phase == 0 {
          pack(block)
        } else {
          step(steps.lowerBound + phase - 1, block, 0..<rows, thread)
        }
      }
      return
    }
    pool.run(pieces: blockCount) { _, block, _ in pack(block) }
    let parts = min(rows, max(division.threads, rows / Self.sequencesTogether), 0xffff)
    pool.run(pieces: parts) { _, part, thread in
      let range = rows * part / parts..<rows * (part + 1) / parts
      for number in steps {
        for block in 0..<blockCount { step(number, block, range, thread) }
      }
    }
  }

  /// How many sequences a thread takes together when each has its own, if there are enough.
  private static let sequencesTogether = 16
}
