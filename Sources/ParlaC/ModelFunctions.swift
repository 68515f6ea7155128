// The functions of parla.h that take a model. Its comments say what they do.
public import CParla
import Foundation
import ParlaDecoding
import ParlaNeuralNetwork
import ParlaRecognition
import ParlaTranscripts

/// `parla_model_open`.
@_cdecl("parla_model_open")
public func parlaModelOpen(
  _ path: UnsafePointer<CChar>?, _ weights: CInt,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe model?.pointee = nil
  return status {
    let opened = try unsafe SharedModel(
      path: path.map { unsafe String(cString: $0) } ?? "", precision: precision(weights))
    try unsafe store(opened, in: model, name: "model")
  }
}

/// `parla_model_open_buffer`.
@_cdecl("parla_model_open_buffer")
public func parlaModelOpenBuffer(
  _ bytes: UnsafeRawPointer?, _ byteCount: Int, _ weights: CInt,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  unsafe model?.pointee = nil
  return status {
    guard let bytes = unsafe bytes, byteCount > 0 else { throw LibraryError.noModel }
    let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: byteCount)
    let precision = try precision(weights)
    let opened = try unsafe withFile(holding: buffer) {
      try SharedModel(path: $0, precision: precision)
    }
    try unsafe store(opened, in: model, name: "model")
  }
}

/// `parla_model_free`.
@_cdecl("parla_model_free")
public func parlaModelFree(_ model: OpaquePointer?) {
  unsafe Handle.free(model, as: SharedModel.self)
}

/// `parla_model_sample_rate`.
@_cdecl("parla_model_sample_rate")
public func parlaModelSampleRate(_ model: OpaquePointer?) -> CInt {
  CInt(unsafe Handle.object(of: model, as: SharedModel.self)?.sampleRate ?? 0)
}

/// `parla_model_beam_width`.
@_cdecl("parla_model_beam_width")
public func parlaModelBeamWidth(_ model: OpaquePointer?) -> CUnsignedInt {
  CUnsignedInt(clamping: unsafe Handle.object(of: model, as: SharedModel.self)?.beamWidth ?? 0)
}

/// `parla_model_set_beam_width`.
@_cdecl("parla_model_set_beam_width")
public func parlaModelSetBeamWidth(_ model: OpaquePointer?, _ width: CUnsignedInt) -> CInt {
  status { try unsafe sharedModel(model).setBeamWidth(Int(width)) }
}

/// `parla_model_enable_scorer`.
@_cdecl("parla_model_enable_scorer")
public func parlaModelEnableScorer(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> CInt {
  status {
    try warn(unsafe sharedModel(model).enableScorer(path: string(path, name: "scorer path")))
  }
}

/// `parla_model_enable_scorer_buffer`.
@_cdecl("parla_model_enable_scorer_buffer")
public func parlaModelEnableScorerBuffer(
  _ model: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ byteCount: Int
) -> CInt {
  status {
    guard let bytes = unsafe bytes else { throw LibraryError.missingArgument(name: "bytes") }
    let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: byteCount)
    let model = try unsafe sharedModel(model)
    try unsafe withFile(holding: buffer) { warn(try model.enableScorer(path: $0)) }
  }
}

/// `parla_model_disable_scorer`.
@_cdecl("parla_model_disable_scorer")
public func parlaModelDisableScorer(_ model: OpaquePointer?) -> CInt {
  status { try unsafe sharedModel(model).disableScorer() }
}

/// `parla_model_has_scorer`.
@_cdecl("parla_model_has_scorer")
public func parlaModelHasScorer(_ model: OpaquePointer?) -> Bool {
  unsafe Handle.object(of: model, as: SharedModel.self)?.hasScorer ?? false
}

/// `parla_model_set_scorer_weights`.
@_cdecl("parla_model_set_scorer_weights")
public func parlaModelSetScorerWeights(
  _ model: OpaquePointer?, _ alpha: Float, _ beta: Float
) -> CInt {
  status { try unsafe sharedModel(model).setWeights(alpha: Double(alpha), beta: Double(beta)) }
}

/// `parla_model_add_hot_word`.
@_cdecl("parla_model_add_hot_word")
public func parlaModelAddHotWord(
  _ model: OpaquePointer?, _ word: UnsafePointer<CChar>?, _ boost: Float
) -> CInt {
  status {
    try warn(
      unsafe sharedModel(model).addHotWord(
        string(word, name: "hot word"), boost: Double(boost)))
  }
}

/// `parla_model_erase_hot_word`.
@_cdecl("parla_model_erase_hot_word")
public func parlaModelEraseHotWord(
  _ model: OpaquePointer?, _ word: UnsafePointer<CChar>?
) -> CInt {
  status { try unsafe sharedModel(model).eraseHotWord(string(word, name: "hot word")) }
}

/// `parla_model_clear_hot_words`.
@_cdecl("parla_model_clear_hot_words")
public func parlaModelClearHotWords(_ model: OpaquePointer?) -> CInt {
  status { try unsafe sharedModel(model).clearHotWords() }
}

/// `parla_model_transcribe_file`.
@_cdecl("parla_model_transcribe_file")
public func parlaModelTranscribeFile(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ count: CUnsignedInt,
  _ result: UnsafeMutablePointer<UnsafeMutablePointer<parla_result>?>?
) -> CInt {
  unsafe result?.pointee = nil
  return status {
    let recognizer = try unsafe sharedModel(model).configured()
    let transcriber = RecordingTranscriber(recognizer, candidateCount: try positive(count))
    let path = try unsafe string(path, name: "path")
    let transcribed = try transcriber.transcribe(file: path)
    let transcripts =
      transcribed.candidates.isEmpty ? [transcribed.transcript] : transcribed.candidates
    try unsafe store(
      transcripts, in: result, alphabet: recognizer.alphabet,
      secondsPerFrame: recognizer.secondsPerFrame)
  }
}

/// How `weights` of parla.h are called in Swift.
private func precision(_ weights: CInt) throws -> WeightPrecision {
  switch Int(weights) {
  case PARLA_WEIGHTS_INT8: .int8
  case PARLA_WEIGHTS_BFLOAT16: .bfloat16
  case PARLA_WEIGHTS_FLOAT32: .float32
  case PARLA_WEIGHTS_INT4: .int4
  default: throw LibraryError.unknownWeights(Int(weights))
  }
}

/// Says on standard error which hot words have no effect: the originals take them, so a status would end programs that run.
private func warn(_ words: [IneffectiveWord]) {
  let text = words.map { "\($0)\n" }.joined()
  try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
}

func sharedModel(_ handle: OpaquePointer?) throws -> SharedModel {
  guard let model = unsafe Handle.object(of: handle, as: SharedModel.self) else {
    throw LibraryError.missingArgument(name: "model")
  }
  return model
}
