import CTorch
import ParlaNeuralNetwork

/// An engine of the library; one thread uses it at a time.
@safe final class TorchHandle: @unchecked Sendable {
  private let library: TorchLibrary
  private let engine: OpaquePointer

  init(_ settings: String, paths: [String]) throws(TorchError) {
    library = try TorchLibrary(paths)
    guard let engine = unsafe library.functions.create(settings) else {
      throw .cannotStart(reason: library.problem)
    }
    unsafe self.engine = engine
  }

  deinit { unsafe library.functions.destroy(engine) }

  /// A description of the computing device.
  var deviceName: String { unsafe text(library.functions.device_name(engine)) }

  /// How one of the library's calls ended.
  private func require(_ status: Int32) throws(TorchError) {
    guard status == Int32(PARLA_TORCH_DONE.rawValue) else {
      throw .failed(reason: library.problem)
    }
  }

  // MARK: Tensors

  func read(_ kind: parla_torch_tensors, _ specifications: [ParameterSpecification])
    throws(TorchError) -> Parameters
  {
    var result = Parameters(zerosFor: specifications)
    for index in specifications.indices { try read(kind, index, into: &result.tensors[index]) }
    return result
  }

  func read(
    _ kind: parla_torch_tensors, _ index: Int, into tensor: inout Tensor
  ) throws(TorchError) {
    try unsafe require(
      library.functions.read(
        engine, Int32(kind.rawValue), Int64(index), tensor.mutablePointer, Int64(tensor.count)))
  }

  func write(_ kind: parla_torch_tensors, _ tensors: [Tensor]) throws(TorchError) {
    for (index, tensor) in tensors.enumerated() {
      try unsafe require(
        library.functions.write(
          engine, Int32(kind.rawValue), Int64(index), tensor.pointer, Int64(tensor.count)))
    }
  }

  func readSteps(count: Int) throws(TorchError) -> [Int] {
    var steps = [Int64](repeating: 0, count: count)
    try unsafe require(library.functions.read_steps(engine, &steps, Int64(count)))
    return steps.map { Int($0) }
  }

  func write(steps: [Int]) throws(TorchError) {
    try unsafe require(
      library.functions.write_steps(engine, steps.map { Int64($0) }, Int64(steps.count)))
  }

  // MARK: A step

  func clearGradients() throws(TorchError) {
    try unsafe require(library.functions.clear_gradients(engine))
  }

  /// The losses of `batch`; nil where the device's memory does not hold it.
  func addGradients(
    of batch: TrainingBatch, isWanted: [Bool], dropoutSeed: UInt64
  ) throws(TorchError) -> [Double]? {
    var losses = [Double](repeating: 0, count: batch.part.count)
    let wanted = isWanted.map { $0 ? UInt8(1) : 0 }
    let status = unsafe withBatch(batch) { batch in
      unsafe library.functions.add_gradients(engine, batch, wanted, dropoutSeed, &losses)
    }
    if status == Int32(PARLA_TORCH_OUT_OF_MEMORY.rawValue) { return nil }
    try require(status)
    return losses
  }

  func gradientsAreFinite() throws(TorchError) -> Bool {
    let found = unsafe library.functions.gradients_are_finite(engine)
    guard found >= 0 else { throw .failed(reason: library.problem) }
    return found == 1
  }

  func clipGradients(toNorm limit: Double, of indices: [Int]) throws(TorchError) {
    try unsafe require(
      library.functions.clip_gradients(
        engine, limit, indices.map { Int64($0) }, Int64(indices.count)))
  }

  func apply(learningRates: [Float]) throws(TorchError) {
    try unsafe require(
      library.functions.apply(engine, learningRates, Int64(learningRates.count)))
  }

  // MARK: Several processes

  /// How gradients can be summed on the device; empty where they cannot.
  var exchangeKind: String { unsafe text(library.functions.exchange_kind(engine)) }

  /// Where the first process listens, a line for each place.
  func listen(isLocal: Bool) throws(TorchError) -> String {
    guard let places = unsafe library.functions.exchange_listen(engine, isLocal ? 1 : 0) else {
      throw .failed(reason: library.problem)
    }
    return unsafe text(places)
  }

  /// For each line of `places`, whether this process reaches it.
  func reach(_ places: String) throws(TorchError) -> [Bool] {
    guard let reached = unsafe library.functions.exchange_reach(engine, places) else {
      throw .failed(reason: library.problem)
    }
    return unsafe text(reached).map { $0 == "1" }
  }

  /// Joins the `count` processes that meet at `place`.
  func join(place: Int, index: Int, count: Int, seconds: Double) throws(TorchError) {
    try unsafe require(
      library.functions.exchange_join(
        engine, Int32(place), Int32(index), Int32(count), seconds))
  }

  func leave() { _ = unsafe library.functions.exchange_leave(engine) }

  func exchangeGradients(inBFloat16: Bool) throws(TorchError) {
    try unsafe require(library.functions.exchange_gradients(engine, inBFloat16 ? 1 : 0))
  }

  // MARK: Evaluation

  /// The losses of `batch` and its probabilities; nil where the device's memory does not hold it.
  func evaluate(
    _ batch: TrainingBatch, labelCount: Int
  ) throws(TorchError) -> (losses: [Double], probabilities: Sequences)? {
    let count = batch.part.count
    var losses = [Double](repeating: 0, count: count)
    var lengths = [Int64](repeating: 0, count: count)
    var frames: Int64 = 0
    let status = unsafe withBatch(batch) { batch in
      unsafe library.functions.evaluate(engine, batch, &losses, &frames, &lengths)
    }
    if status == Int32(PARLA_TORCH_OUT_OF_MEMORY.rawValue) { return nil }
    try require(status)
    var values = Tensor(unwritten: [Int(frames), count, labelCount])
    try unsafe require(
      library.functions.read_probabilities(engine, values.mutablePointer, Int64(values.count)))
    return (losses, Sequences(values, lengths: lengths.map { Int($0) }))
  }

  /// Calls `body` with `batch` as the library wants it; its memory lives as long as the call.
  @unsafe private func withBatch(
    _ batch: TrainingBatch, _ body: (UnsafePointer<parla_torch_batch>) -> Int32
  ) -> Int32 {
    let values: [UnsafePointer<Float>?] = unsafe batch.inputs.map { unsafe $0.values.pointer }
    let frames = batch.inputs.map { Int64($0.frameCount) }
    let lengths = batch.inputs.flatMap { $0.lengths.map { Int64($0) } }
    let targets =
      switch batch.targets {
      case .labels(let labels): labels
      case .ofOutputs: [[Int32]]()
      }
    let labels = targets.flatMap { $0 }
    let counts = targets.map { Int64($0.count) }
    return withExtendedLifetime(batch) {
      unsafe values.withUnsafeBufferPointer { values in
        unsafe frames.withUnsafeBufferPointer { frames in
          unsafe lengths.withUnsafeBufferPointer { lengths in
            unsafe labels.withUnsafeBufferPointer { labels in
              unsafe counts.withUnsafeBufferPointer { counts in
                var all = unsafe parla_torch_batch(
                  inputs: Int64(batch.inputs.count), sequences: Int64(batch.part.count),
                  values: values.baseAddress, frames: frames.baseAddress,
                  lengths: lengths.baseAddress, context: Int64(batch.contextFrameCount),
                  labels: labels.baseAddress, label_counts: counts.baseAddress,
                  start: Int64(batch.part.lowerBound), whole: Int64(batch.wholeSize))
                return unsafe body(&all)
              }
            }
          }
        }
      }
    }
  }
}
