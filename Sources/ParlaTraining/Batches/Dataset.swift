import Dispatch
import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaNeuralNetwork
import ParlaTranscripts

/// The samples of some CSVs, read and checked, shortest first.
struct Dataset: Sendable {
  /// The samples in ascending order of their frames.
  let samples: [TrainingSample]

  /// Samples whose frames are too few to spell their transcript; each with the reason.
  let leftOut: [String]

  /// Seconds of sound in all samples.
  var seconds: Double { samples.reduce(0) { $0 + $1.seconds } }

  /// Reads the recordings that `manifests` list, on all processors.
  ///
  /// - Throws: `TrainingError.badSamples` naming all that cannot be used, `.noSamples`.
  init(
    _ manifests: [Manifest], features: FeatureSettings, alphabet: Alphabet,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws {
    let entries = manifests.flatMap { manifest in manifest.samples.map { (manifest.path, $0) } }
    let extractor = try FeatureExtractor(features)
    let results = Results(count: entries.count)
    DispatchQueue.concurrentPerform(iterations: entries.count) { index in
      let (path, sample) = entries[index]
      let result = Result {
        try TrainingSample(sample, extractor: extractor, alphabet: alphabet)
      }.mapError { Problem(place: "\(path):\(sample.line)", cause: $0) }
      progress(results.set(result, at: index), entries.count)
    }
    var samples: [TrainingSample] = []
    var problems: [String] = []
    var leftOut: [String] = []
    for result in results.values {
      switch result {
      case .success(let sample):
        let needed = CTCLoss.framesNeeded(for: sample.labels)
        if sample.features.frameCount < needed {
          leftOut.append(
            """
            \(sample.audioPath): \(sample.features.frameCount) frames cannot spell \
            \(sample.labels.count) labels, which need \(needed)
            """)
        } else {
          samples.append(sample)
        }
      case .failure(let problem): problems.append("\(problem.place): \(problem.cause)")
      case nil: break
      }
    }
    guard problems.isEmpty else {
      throw TrainingError.badSamples(problems: problems, sampleCount: entries.count)
    }
    guard !samples.isEmpty else { throw TrainingError.noSamples(files: manifests.map(\.path)) }
    self.samples = samples.enumerated().sorted {
      ($0.element.features.frameCount, $0.offset) < ($1.element.features.frameCount, $1.offset)
    }.map(\.element)
    self.leftOut = leftOut
  }

  /// Makes sure that every sample says something, which costs no reading of sound.
  ///
  /// - Throws: `TrainingError.badSamples` with the lines that do not.
  static func requireTranscripts(_ manifests: [Manifest]) throws(TrainingError) {
    let empty = manifests.flatMap { manifest in
      manifest.samples.filter { $0.transcript.isEmpty }.map { "\(manifest.path):\($0.line)" }
    }
    guard empty.isEmpty else {
      throw .badSamples(
        problems: empty.map { "\($0): the transcript is empty. Write what is said." },
        sampleCount: manifests.reduce(0) { $0 + $1.samples.count })
    }
  }

  private struct Problem: Error {
    let place: String
    let cause: any Error
  }

  /// What the processors found, in the order of the files.
  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: [Result<TrainingSample, Problem>?]
    private var done = 0

    init(count: Int) { stored = Array(repeating: nil, count: count) }

    /// Keeps a result and says how many there are by now.
    func set(_ result: Result<TrainingSample, Problem>, at index: Int) -> Int {
      lock.withLock {
        stored[index] = result
        done += 1
        return done
      }
    }

    var values: [Result<TrainingSample, Problem>?] { lock.withLock { stored } }
  }
}

extension TrainingSample {
  fileprivate init(
    _ sample: Sample, extractor: FeatureExtractor, alphabet: Alphabet
  ) throws {
    let labels = try alphabet.encode(sample.transcript).map { Int32($0) }
    let waveform = try AudioFile.read(sample.audioPath)
      .resampled(to: extractor.settings.sampleRate)
    let features = try extractor.features(of: waveform)
    self.init(
      audioPath: sample.audioPath, transcript: sample.transcript, labels: labels,
      features: features, seconds: waveform.duration)
  }
}
