public import ParlaAcousticModel
public import ParlaAudio
public import ParlaDecoding
public import ParlaNeuralNetwork
public import ParlaTranscripts

/// Recognises speech in recordings and streams.
///
/// It is immutable: any number of tasks may share one.
///
/// ```swift
/// let recognizer = try Recognizer(modelPath: "model.safetensors")
/// print(try recognizer.transcribe(file: "hello.wav").text)
/// ```
public struct Recognizer: Sendable {
  /// How label probabilities become text where nothing else is said: at first the search of `RecognitionSettings.standard`;
  /// nil reads the most probable label of each frame.
  public var decoder: BeamSearchDecoder?

  /// Whether silences of a second or more are skipped in whole recordings.
  public var leavesOutSilence = RecognitionSettings.standard.leavesOutSilence

  let inference: InferenceModel
  let extractor: FeatureExtractor
  let compute: Compute

  /// For work that threads do not share.
  let oneThread: Compute

  /// Reads a model of Parla's own, a `.safetensors` file or a folder of checkpoints, or one that one of `readers` knows.
  ///
  /// For models of DeepSpeech and Coqui STT (`.pb`, `.pbmm`, `.tflite`, TensorFlow's checkpoints) import `ParlaModelExchange` and
  /// pass `ModelReader.all`. An `alphabet` is needed where the file has none, as in TensorFlow's checkpoints; another than the file's own
  /// is refused.
  ///
  /// - Throws: `ModelError` when the file is no whole model.
  public init(
    modelPath: String, alphabet: Alphabet? = nil,
    precision: WeightPrecision = RecognitionSettings.standard.precision,
    threadCount: Int = 1, readers: [ModelReader] = []
  ) throws {
    try self.init(
      InferenceModel(path: modelPath, alphabet: alphabet, precision: precision, readers: readers),
      threadCount: threadCount)
  }

  /// Recognises with `model` on `threadCount` threads.
  public init(
    model: AcousticModel, precision: WeightPrecision = RecognitionSettings.standard.precision,
    threadCount: Int = 1
  ) throws {
    try self.init(InferenceModel(model, precision: precision), threadCount: threadCount)
  }

  private init(_ inference: InferenceModel, threadCount: Int) throws {
    self.inference = inference
    decoder = RecognitionSettings.standard.decoder(for: inference.metadata)
    extractor = FeatureExtractor(inference.description.features)
    compute = Compute(threadCount: threadCount)
    oneThread = threadCount == 1 ? compute : Compute(threadCount: 1)
  }

  /// Where the network runs on `threadCount` threads.
  func makeCompute(threadCount: Int) -> Compute {
    [compute, oneThread].first { $0.threadCount == threadCount }
      ?? Compute(threadCount: max(1, threadCount))
  }

  /// The labels that the model writes.
  public var alphabet: Alphabet { inference.alphabet }

  /// Further information in the model's file, such as the beam width that its makers advise.
  public var metadata: ModelMetadata { inference.metadata }

  /// Samples a second that streams expect, in hertz; files have any rate.
  public var sampleRate: Int { inference.description.features.sampleRate }

  /// How long a frame lasts, in seconds.
  public var secondsPerFrame: Double { inference.secondsPerFrame }

  /// The frame of what comes out of the network that begins nearest to sample `sample`.
  func frame(ofSample sample: Int) -> Int {
    Int((Double(sample) / (secondsPerFrame * Double(sampleRate))).rounded())
  }
}

// MARK: - Decoders

extension Recognizer {
  /// The decoder that `settings` ask for with this model, and what they ask for in vain.
  ///
  /// ```swift
  /// var settings = DecoderSettings()
  /// settings.hotWords = ["new york": 5]
  /// let decoder = try recognizer.decoder(settings).search
  /// let stream = try recognizer.makeStream(options: RecognitionOptions(decoder: decoder))
  /// ```
  /// - Throws: `DecodingError`.
  public func decoder(
    _ settings: DecoderSettings
  ) throws(DecodingError) -> DecoderSettings.Result {
    try settings.decoder(alphabet: alphabet, advisedBeamWidth: metadata.beamWidth)
  }
}

// MARK: - Streams

extension Recognizer {
  /// A stream that waits for its first samples; without `options` it has the recogniser's decoder.
  ///
  /// - Throws: `RecognitionError.otherAlphabet` when the decoder's scorer writes other labels than the model,
  ///   `.needsWhole` when layers of the model need the whole of a recording.
  public func makeStream(
    options: RecognitionOptions? = nil
  ) throws(RecognitionError) -> RecognitionStream {
    RecognitionStream(self, try checkedForStream(options))
  }

  /// Whether there are no features before the end of the sound.
  var featuresNeedWhole: Bool { inference.description.features.obstacleToStreaming != nil }

  /// `options`, or the recogniser's own, if the model can be recognised piece by piece.
  func checkedForStream(
    _ options: RecognitionOptions?
  ) throws(RecognitionError) -> RecognitionOptions {
    let description = inference.description
    let layers = description.graph.layersThatCannotStream
    guard layers.isEmpty else { throw .needsWhole(layers: layers) }
    if let found = description.features.obstacleToStreaming {
      throw .featuresNeedWhole(found: found)
    }
    return try checked(options)
  }

  /// `options`, or the recogniser's own, if their scorer writes what the model does.
  func checked(_ options: RecognitionOptions?) throws(RecognitionError) -> RecognitionOptions {
    let options = options ?? RecognitionOptions(decoder: decoder)
    if let scorer = options.decoder?.scorer { try check(scorer) }
    return options
  }

  private func check(_ scorer: Scorer) throws(RecognitionError) {
    let (found, matches) =
      switch scorer.units {
      case .words(let alphabet), .characters(let alphabet):
        ("\"\(alphabet.labels.joined())\"", alphabet == self.alphabet)
      case .bytes: ("bytes", alphabet.isBytes)
      }
    guard matches else {
      throw .otherAlphabet(
        scorer: scorer.path, found: found, expected: "\"\(alphabet.shownLabels)\"")
    }
  }
}

// MARK: - Whole recordings

extension Recognizer {
  /// The transcript of the sound file at `path`, whatever its rate and channels.
  ///
  /// - Throws: `AudioError` when the file cannot be read.
  public func transcribe(file path: String) throws -> Transcript {
    try RecordingTranscriber(self, threadCount: compute.threadCount).transcribe(file: path)
      .transcript
  }

  /// The transcript of `waveform`.
  ///
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError`.
  public func transcribe(_ waveform: Waveform) throws -> Transcript {
    try candidates(waveform, count: 1).first
      ?? Transcript(text: "", words: [], naturalLogProbability: 0)
  }

  /// The `count` most probable transcripts of `waveform`, best first; without a beam search there is one.
  ///
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError`.
  public func candidates(_ waveform: Waveform, count: Int) throws -> [Transcript] {
    try RecordingTranscriber(self, candidateCount: count, threadCount: compute.threadCount)
      .transcripts(of: waveform)
  }

  /// How probable each label is at each frame of `waveform`, [frames, labels], the blank last: what a stream decodes.
  ///
  /// - Throws: `AudioError` when it cannot be resampled, `RecognitionError.notANumber`.
  public func labelProbabilities(_ waveform: Waveform) throws -> LabelProbabilities {
    var rest = try waveform.resampled(to: sampleRate).samples[...]
    let stretch = Stretch(
      self, RecognitionOptions(decoder: nil), purpose: .probabilities, staysOpen: true)
    var turns = TurnLoop(self)
    turns.plan.add(stretch)
    while !rest.isEmpty {
      let piece = Array(rest.prefix(RecognitionStream.pieceLength))
      rest = rest.dropFirst(piece.count)
      try stretch.feed(piece)
      if rest.isEmpty { try stretch.end() }
      turns.run()
    }
    return stretch.probabilities
  }
}
