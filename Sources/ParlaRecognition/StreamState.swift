import ParlaAcousticModel
import ParlaAudio
import ParlaDecoding
import ParlaNeuralNetwork
import ParlaTranscripts

/// All that a stream remembers: a value, so that a copy can be asked what would come if the sound ended here.
///
///     samples ──► extractor ──► windows ──► network ──► search
///                 < 1 window    < 1 step    cells       beam
struct StreamState {
  private var extractor: StreamingFeatureExtractor
  private(set) var windows: ContextWindows
  private var network = [InferenceModel.State()]
  private(set) var search: LabelSearch
  let framesPerStep: Int

  init(_ recognizer: Recognizer, _ options: RecognitionOptions) {
    extractor = StreamingFeatureExtractor(recognizer.extractor)
    windows = ContextWindows(recognizer.inference.description.features)
    search = LabelSearch(options.decoder, labelCount: recognizer.alphabet.labelCount)
    framesPerStep = options.framesPerStep
  }

  /// More frames than this gain little by going through the network together, and each needs 70 KB (2048 units).
  private static let largestStep = 96

  /// Takes the next samples.
  mutating func take(_ samples: [Float]) { windows.append(extractor.feed(samples)) }

  /// Takes the end: the last window filled up with zeros, and zeros for the frames after it, as DeepSpeech's client does.
  mutating func end() {
    windows.append(extractor.finish(paddingLastWindow: true))
    windows.finish()
  }

  /// Hears all whole steps of what was taken; after the end, the rest too.
  mutating func advance(_ recognizer: Recognizer, toEnd: Bool = false) {
    // Where much has come at once, more goes through the network together, which changes nothing but the cost.
    let largest = max(framesPerStep, Self.largestStep)
    while windows.count >= (toEnd ? 1 : framesPerStep) {
      let count = min(windows.count, largest)
      step(toEnd ? count : count - count % framesPerStep, recognizer)
    }
    // What layers that look ahead have held back.
    if toEnd, recognizer.inference.description.graph.holdsFramesBack {
      step(0, isLast: true, recognizer)
    }
  }

  private mutating func step(_ count: Int, isLast: Bool = false, _ recognizer: Recognizer) {
    let probabilities = recognizer.inference.probabilities(
      of: [windows.take(count)], count: count, states: &network, isLast: [isLast],
      compute: recognizer.compute)
    search.step(probabilities[0])
  }

  /// Takes from the stream what a step with others needs, and gives back what comes of it.
  mutating func takeStep() -> (windows: [Float], network: InferenceModel.State) {
    (windows.take(framesPerStep), network[0])
  }

  mutating func finishStep(_ probabilities: LabelProbabilities, _ state: InferenceModel.State) {
    network[0] = state
    search.step(probabilities)
  }
}

/// Turns label probabilities into text, one way or the other.
enum LabelSearch {
  case greedy(GreedySearchState)
  case beam(BeamSearchState)
  /// No text: the probabilities themselves, for whoever wants them.
  case probabilities([Float], labelCount: Int)

  init(_ decoder: BeamSearchDecoder?, labelCount: Int) {
    self = decoder.map { .beam($0.begin(labelCount: labelCount)) } ?? .greedy(GreedySearchState())
  }

  mutating func step(_ probabilities: LabelProbabilities) {
    switch consume self {
    case .greedy(var search):
      search.step(probabilities)
      self = .greedy(search)
    case .beam(var search):
      search.step(probabilities)
      self = .beam(search)
    case .probabilities(var values, let labelCount):
      values.append(contentsOf: probabilities.values)
      self = .probabilities(values, labelCount: labelCount)
    }
  }

  /// How many frames were decoded.
  var frameCount: Int {
    switch self {
    case .greedy(let search): search.frameCount
    case .beam(let search): search.frameCount
    case .probabilities(let values, let labelCount): values.count / labelCount
    }
  }

  func transcripts(_ count: Int, _ recognizer: Recognizer) -> [Transcript] {
    let (alphabet, secondsPerFrame) = (recognizer.alphabet, recognizer.secondsPerFrame)
    return switch self {
    case .greedy(let search):
      [search.transcript(alphabet: alphabet, secondsPerFrame: secondsPerFrame)]
    case .beam(let search):
      search.transcripts(count, alphabet: alphabet, secondsPerFrame: secondsPerFrame)
    case .probabilities: []
    }
  }
}

extension StreamState {
  /// The label probabilities of a whole recording.
  static func probabilities(of samples: [Float], _ recognizer: Recognizer) -> LabelProbabilities {
    let labelCount = recognizer.alphabet.labelCount
    var state = StreamState(recognizer, RecognitionOptions(decoder: nil))
    state.keepProbabilities(labelCount: labelCount)
    for start in stride(from: 0, to: samples.count, by: RecognitionStream.pieceLength) {
      state.take(Array(samples[start...].prefix(RecognitionStream.pieceLength)))
      state.advance(recognizer)
    }
    if !samples.isEmpty { state.end() }
    state.advance(recognizer, toEnd: true)
    return state.keptProbabilities
  }

  /// Gives no text from now on, but keeps the probabilities.
  mutating func keepProbabilities(labelCount: Int) {
    search = .probabilities([], labelCount: labelCount)
  }

  /// What `keepProbabilities` has kept.
  var keptProbabilities: LabelProbabilities {
    guard case .probabilities(let values, let labelCount) = search else {
      preconditionFailure("a search stays of its kind")
    }
    return LabelProbabilities(
      frameCount: values.count / labelCount, labelCount: labelCount, values: values)
  }
}
