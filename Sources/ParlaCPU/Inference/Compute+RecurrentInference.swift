/// The position of the sums of a frame's units to which recurrent products are added.
///
/// Unsafe: the creator keeps the memory alive.
@unsafe struct RecurrentSums {
  let values: UnsafeMutablePointer<Float>
  /// The gates whose weights are used; their sums are in the same order in each row.
  let gates: Range<Int>
  /// Numbers from row to row.
  let stride: Int

  init(_ values: UnsafeMutablePointer<Float>, gates: Range<Int>, stride: Int) {
    unsafe self.values = values
    unsafe self.gates = gates
    unsafe self.stride = stride
  }
}

extension Compute {
  /// Runs a recurrent layer with weights [gates x units, units] as recognition reads them, phase by phase; as a rule a phase is a frame.
  ///
  /// In each phase the products of `rows` rows are added to their sums, and `step` makes of the sums of some units what the next
  /// phase looks at. Threads share the units.
  ///
  /// Unsafe: the caller keeps the memory alive.
  @unsafe func walk(
    _ weights: WeightMatrix, phases: Int, rows: Int, units: Int,
    from source: @Sendable (_ phase: Int) -> UnsafePointer<Float>,
    to sums: @Sendable (_ phase: Int) -> RecurrentSums,
    _ step: @Sendable (_ phase: Int, _ units: Range<Int>) -> Void
  ) {
    precondition(
      weights.inputCount == units && weights.outputCount % units == 0, "[gates x units, units]")
    let prepared = PreparedRows(threadCount: threadCount, rows: rows, depth: units)
    // A thread alone reads each gate's weights from end to end.
    let pieces = threadCount == 1 ? 1 : (units + 63) / 64
    pool.run(phases: phases, pieces: pieces) { phase, piece, thread in
      let activations = unsafe prepared.activations(
        source(phase), step: phase, thread: thread, for: weights)
      let sums = unsafe sums(phase)
      let range = units * piece / pieces..<units * (piece + 1) / pieces
      for gate in unsafe sums.gates {
        let start = gate * units
        unsafe activations.addProducts(
          weights, outputs: start + range.lowerBound..<start + range.upperBound, to: sums.values,
          stride: sums.stride)
      }
      step(phase, range)
    }
  }
}
