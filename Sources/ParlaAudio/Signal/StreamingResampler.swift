import CAudioFormats

/// Changes the rate of sound that arrives piece by piece; `Waveform.resampled` is made of it.
@safe public struct StreamingResampler: ~Copyable {
  private let handle: OpaquePointer
  private let sourceRate: Int
  private let targetRate: Int
  private var takenCount = 0
  private var givenCount = 0

  /// Starts a sound that is to change from one rate to another, in hertz.
  ///
  /// - Throws: `AudioError.cannotResample` for rates outside 100 Hz to 1 MHz, or when memory is short.
  public init(from sourceRate: Int, to targetRate: Int) throws(AudioError) {
    let handle = try unsafe Self.makeHandle(from: sourceRate, to: targetRate)
    unsafe self.handle = handle
    self.sourceRate = sourceRate
    self.targetRate = targetRate
  }

  private static func makeHandle(
    from sourceRate: Int, to targetRate: Int
  ) throws(AudioError) -> OpaquePointer {
    try Waveform.checkRates(from: sourceRate, to: targetRate)
    var quality = unsafe soxr_quality_spec(UInt(SOXR_HQ), 0)
    var failure: soxr_error_t?
    let handle = unsafe soxr_create(
      Double(sourceRate), Double(targetRate), 1, &failure, nil, &quality, nil)
    if let handle = unsafe handle { return unsafe handle }
    let reason = unsafe failure.map { unsafe String(cString: $0) } ?? "no memory"
    throw .cannotResample(from: sourceRate, to: targetRate, reason: reason)
  }

  deinit { unsafe soxr_delete(handle) }

  /// Takes the next `samples` and returns those at the new rate that they complete.
  ///
  /// - Throws: `AudioError.cannotResample`, when memory is short.
  public mutating func feed(_ samples: [Float]) throws(AudioError) -> [Float] {
    guard !samples.isEmpty else { return [] }
    return try process(samples, sampleCount: samples.count)
  }

  /// Ends the sound and returns its last samples, so that there are `round(samples taken * new rate / old rate)` in all.
  ///
  /// - Throws: `AudioError.cannotResample`, when memory is short.
  public mutating func finish() throws(AudioError) -> [Float] {
    let count = (takenCount * targetRate * 2 + sourceRate) / (2 * sourceRate) - givenCount
    var rest: [Float] = []
    while true {
      let piece = try process(nil, sampleCount: 0)
      guard !piece.isEmpty else { break }
      rest += piece
    }
    if rest.count > count { rest.removeLast(min(rest.count, rest.count - count)) }
    return rest + [Float](repeating: 0, count: max(0, count - rest.count))
  }

  private mutating func process(
    _ samples: [Float]?, sampleCount: Int
  ) throws(AudioError) -> [Float] {
    let capacity = sampleCount * targetRate / sourceRate + 8192
    var output = [Float](repeating: 0, count: capacity)
    var taken = 0
    var written = 0
    let failure = unsafe output.withUnsafeMutableBufferPointer { buffer in
      unsafe soxr_process(
        handle, samples, sampleCount, &taken, buffer.baseAddress, capacity, &written)
    }
    if let failure = unsafe failure {
      throw .cannotResample(
        from: sourceRate, to: targetRate, reason: unsafe String(cString: failure))
    }
    precondition(taken == sampleCount, "there is room for all that the samples give")
    takenCount += taken
    givenCount += written
    return output[..<written].map { min(max($0, -1), 1) }
  }
}
