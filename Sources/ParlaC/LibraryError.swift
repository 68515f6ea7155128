import CParla
import ParlaAcousticModel
import ParlaAudio
import ParlaDecoding
import ParlaFiles
import ParlaRecognition

/// What can be wrong with what C passes.
enum LibraryError: DescribedError {
  /// The argument `name` is a null pointer.
  case missingArgument(name: String)
  /// The path to the model is a null pointer or empty.
  case noModel
  /// The scorer that is to be changed is not there.
  case noScorer
  /// The hot word was added before.
  case hotWordExists(String)
  /// The hot word was never added.
  case hotWordUnknown(String)
  /// A count has a value that makes no sense.
  case invalidCount(name: String, found: Int)
  /// A weight is not a finite number.
  case notFinite(name: String, found: String)
  /// The number is not a known kind of weights.
  case unknownWeights(Int)

  /// Place, what was found, what was expected, what to do.
  var description: String {
    switch self {
    case .missingArgument(let name):
      "\(name): found NULL, expected a pointer. Check the result of the previous call."
    case .noModel:
      "model: found no path, expected that of a .safetensors, .pb, .pbmm or .tflite file."
    case .noScorer:
      "scorer: found none, expected one to change. Enable a scorer first."
    case .hotWordExists(let word):
      "hot word \"\(word)\": was added before. Erase it first to change its boost."
    case .hotWordUnknown(let word):
      "hot word \"\(word)\": was never added. Check its spelling."
    case .invalidCount(let name, let found):
      "\(name): found \(found), expected 1 or more."
    case .notFinite(let name, let found):
      "\(name): found \(found), expected a finite number."
    case .unknownWeights(let found):
      "weights: found \(found), expected PARLA_WEIGHTS_INT4, _INT8, _BFLOAT16 or _FLOAT32."
    }
  }

  var status: Int {
    switch self {
    case .missingArgument("model"): PARLA_NO_MODEL
    case .missingArgument("stream"): PARLA_NO_STREAM
    case .missingArgument, .invalidCount, .notFinite, .unknownWeights: PARLA_INVALID_ARGUMENT
    case .noModel: PARLA_NO_MODEL
    case .noScorer: PARLA_NO_SCORER
    case .hotWordExists: PARLA_HOT_WORD_EXISTS
    case .hotWordUnknown: PARLA_HOT_WORD_UNKNOWN
    }
  }
}

/// Runs `body`; gives `PARLA_OK`, or the status of what it throws, whose words are kept for the thread.
func status(of body: () throws -> Void) -> CInt {
  do {
    try body()
    return CInt(PARLA_OK)
  } catch {
    unsafe parla_set_error_message("\(error)")
    return CInt(status(for: error))
  }
}

/// The number that libdeepspeech and libstt have for such errors, where they have one.
private func status(for error: any Error) -> Int {
  switch error {
  case let error as LibraryError: error.status
  case let error as ModelError: status(for: error)
  case DecodingError.unwritableWord: PARLA_HOT_WORD_EXISTS
  case DecodingError.invalidOption: PARLA_INVALID_ARGUMENT
  case is DecodingError: PARLA_INVALID_SCORER
  case RecognitionError.finished: PARLA_FINISHED
  case RecognitionError.notANumber: PARLA_INVALID_SOUND
  case is RecognitionError: PARLA_INVALID_SCORER
  case is AudioError: PARLA_INVALID_SOUND
  default: PARLA_INVALID_ARGUMENT
  }
}

/// The originals have one number for memory-mapped files and one for all others.
private func status(for error: ModelError) -> Int {
  switch error {
  case .alphabetNeeded, .unsuitableAlphabet, .knownAlphabet: PARLA_INVALID_ALPHABET
  case .otherGeometry, .otherLayers: PARLA_INVALID_SHAPE
  case .foreignModel: PARLA_INCOMPATIBLE_MODEL
  case .unreadable(let path, _), .notAModel(let path, _), .damaged(let path, _),
    .cutOff(let path, _, _), .withoutEnd(let path, _, _):
    path.hasSuffix(".pbmm") || path.hasSuffix(".tflite")
      ? PARLA_UNREADABLE_MODEL : PARLA_UNREADABLE_FILE
  default: PARLA_UNREADABLE_FILE
  }
}
