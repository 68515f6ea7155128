import Foundation
import ParlaTraining
import ParlaTranscripts

/// Prints how well a model did.
enum EvaluationReport {
  /// Writes the worst samples to standard error and the figures to standard output, the line with both rates last.
  static func print(_ evaluation: Evaluation) {
    if !evaluation.leftOut.isEmpty {
      Terminal.note("Left out \(evaluation.leftOut.count) samples: their frames are too few")
    }
    let sorted = evaluation.samples.sorted { $0.errors.words.rate < $1.errors.words.rate }
    let middle = sorted.count / 2
    show("Best", sorted.prefix(3))
    if sorted.count > 6 {
      show("Median", sorted[max(0, middle - 1)..<min(sorted.count, middle + 2)])
    }
    show("Worst", sorted.suffix(3))
    let errors = evaluation.errors
    if let words = errors.wordErrorRateInterval, let characters = errors.characterErrorRateInterval
    {
      Swift.print(
        "95 % of the time: WER \(range(words)), CER \(range(characters)); "
          + "mean loss \(rounded(evaluation.meanLoss, 2))")
    }
    Swift.print(errors.summary)
  }

  /// Writes all samples as JSON, with the names that DeepSpeech's `--test_output_file` has.
  static func write(_ evaluation: Evaluation, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let data = try encoder.encode(evaluation.samples.map(SampleRow.init))
    try data.write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  private static func range(_ interval: ClosedRange<Double>) -> String {
    "\(rounded(interval.lowerBound, 3)) to \(rounded(interval.upperBound, 3))"
  }

  private static func show(_ title: String, _ samples: some Sequence<EvaluatedSample>) {
    Terminal.note("\(title):")
    for sample in samples {
      Terminal.note(
        "  WER \(rounded(sample.errors.words.rate, 2))  CER "
          + "\(rounded(sample.errors.characters.rate, 2))  loss \(rounded(sample.loss, 1))  "
          + "\(sample.audioPath)\n    said:  \(sample.said)\n    heard: \(sample.heard)")
    }
  }

  private struct SampleRow: Encodable {
    let wavFilename: String
    let src: String
    let res: String
    let loss: Double
    let charDistance: Int
    let charLength: Int
    let wordDistance: Int
    let wordLength: Int
    let cer: Double
    let wer: Double

    init(_ sample: EvaluatedSample) {
      let errors = sample.errors
      wavFilename = sample.audioPath
      src = sample.said
      res = sample.heard
      loss = sample.loss
      charDistance = errors.characters.count
      charLength = errors.characters.referenceLength
      wordDistance = errors.words.count
      wordLength = errors.words.referenceLength
      cer = errors.characters.rate
      wer = errors.words.rate
    }
  }
}
