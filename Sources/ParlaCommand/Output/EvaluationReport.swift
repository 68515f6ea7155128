import Foundation
import ParlaDecoding
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTraining
import ParlaTranscripts

/// Prints how well a model did.
enum EvaluationReport {
  /// Writes `count` of the best, middle and worst samples to standard error and the figures to standard output: a line for
  /// each of `testFiles` as DeepSpeech writes it, and the line with both rates last.
  ///
  /// Languages without spaces have no words to count: with `ranksByCharacters`, the CER says which samples are the best.
  static func print(
    _ evaluation: Evaluation, testFiles: [String], precision: WeightPrecision,
    leavesOutSilence: Bool, decoder: BeamSearchDecoder?, count: Int, ranksByCharacters: Bool
  ) {
    if !evaluation.leftOut.isEmpty {
      let reasons = evaluation.leftOut.prefix(5).map { "\n  \($0)" }.joined()
      Terminal.note("Left out \(counted(evaluation.leftOut.count, "sample")):\(reasons)")
    }
    let samplesWithoutLoss = evaluation.samplesWithoutLoss
    if !samplesWithoutLoss.isEmpty {
      Terminal.note(
        "The loss of \(counted(samplesWithoutLoss.count, "sample")) is not finite: "
          + samplesWithoutLoss.prefix(5).map(\.audioPath).joined(separator: ", "))
    }
    showSamples(evaluation.samples, count: count, ranksByCharacters: ranksByCharacters)
    for (path, part) in evaluation.bySource(testFiles) {
      Swift.print(
        "Test on \(path) - WER: \(rounded(part.errors.wordErrorRate, 6)), "
          + "CER: \(rounded(part.errors.characterErrorRate, 6)), "
          + "loss: \(rounded(part.meanLoss, 6))")
    }
    Swift.print(
      "weights \(precision.rawValue), "
        + (decoder.map { "beam width \($0.beamWidth)" } ?? "read greedily")
        + (leavesOutSilence ? ", silence skipped" : ", whole recordings"))
    let errors = evaluation.errors
    if let words = errors.wordErrorRateInterval, let characters = errors.characterErrorRateInterval
    {
      Swift.print(
        "95 % of the time: WER \(range(words)), CER \(range(characters)); "
          + "mean loss \(rounded(evaluation.meanLoss, 2))")
    }
    if errors.isCapped {
      Terminal.note("Overall rates above 1 are shown as 1, as in DeepSpeech.")
    }
    Swift.print(errors.summary)
  }

  /// Writes all samples as JSON, with the names that DeepSpeech's `--test_output_file` has.
  static func write(_ evaluation: Evaluation, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // As Python writes and reads them.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let data = try encoder.encode(evaluation.samples.map(SampleRow.init))
    try AtomicFile.write(data, to: path)
  }

  private static func range(_ interval: ClosedRange<Double>) -> String {
    "\(rounded(interval.lowerBound, 3)) to \(rounded(interval.upperBound, 3))"
  }

  /// Best first; among equals the higher loss first, as `calculate_and_print_report` of
  /// `training/deepspeech_training/util/evaluate_tools.py` sorts.
  private static func showSamples(
    _ samples: [EvaluatedSample], count: Int, ranksByCharacters: Bool
  ) {
    guard count > 0 else { return }
    let sorted = samples.map { sample in
      let errors = sample.errors
      return (sample: sample, rate: (ranksByCharacters ? errors.characters : errors.words).rate)
    }.enumerated()
      .sorted { one, other in
        (one.element.rate, -one.element.sample.loss, one.offset)
          < (other.element.rate, -other.element.sample.loss, other.offset)
      }.map(\.element.sample)
    let count = min(count, sorted.count)
    let middle = (sorted.count - count) / 2
    show("Best", sorted.prefix(count))
    if sorted.count > 2 * count { show("Median", sorted[middle..<middle + count]) }
    if sorted.count > count { show("Worst", sorted.suffix(min(count, sorted.count - count))) }
  }

  private static func show(_ title: String, _ samples: some Sequence<EvaluatedSample>) {
    Terminal.note("\(title):")
    for sample in samples {
      Terminal.note(
        "  WER \(rounded(sample.errors.words.rate, 2))  CER "
          + "\(rounded(sample.errors.characters.rate, 2))  loss \(rounded(sample.loss, 1))  "
          + "\(sample.audioPath)\n    said:       \(sample.said.trimmed)\n    recognised: \(sample.recognized.trimmed)"
      )
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
      res = sample.recognized
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
