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
  private var network = InferenceModel.State()
  private(set) var search: LabelSearch
  private let framesPerStep: Int

  init(_ recognizer: Recognizer, _ options: RecognitionOptions) {
    extractor = StreamingFeatureExtractor(recognizer.extractor)
    windows = ContextWindows(recognizer.inference.description.features)
    search = LabelSearch(options.decoder, labelCount: recognizer.alphabet.labelCount)
    framesPerStep = options.framesPerStep
  }

  /// Takes the next samples; whatever steps they complete are heard.
  mutating func feed(_ samples: [Float], _ recognizer: Recognizer) {
    windows.append(extractor.feed(samples))
    while windows.count >= framesPerStep { advance(framesPerStep, recognizer) }
  }

  /// Hears the rest: the last window filled up with zeros, and zeros for the frames after it, as DeepSpeech's client does.
  mutating func finish(_ recognizer: Recognizer) {
    windows.append(extractor.finish(paddingLastWindow: true))
    windows.finish()
    while windows.count > 0 { advance(min(windows.count, framesPerStep), recognizer) }
  }

  private mutating func advance(_ count: Int, _ recognizer: Recognizer) {
    search.step(
      recognizer.inference.probabilities(
        of: &windows, count: count, state: &network, compute: recognizer.compute))
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
    case .probabilities(let values, let labelCount):
      self = .probabilities(values + probabilities.values, labelCount: labelCount)
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
    var state = StreamState(recognizer, RecognitionOptions())
    state.search = .probabilities([], labelCount: labelCount)
    state.feed(samples, recognizer)
    state.finish(recognizer)
    guard case .probabilities(let values, _) = state.search else {
      preconditionFailure("a search stays of its kind")
    }
    return LabelProbabilities(
      frameCount: values.count / labelCount, labelCount: labelCount, values: values)
  }
}
