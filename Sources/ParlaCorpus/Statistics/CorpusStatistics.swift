import Foundation
import ParlaAudio
import ParlaFiles

/// What a corpus is like: how much there is, how it is spoken and how it sounds.
package struct CorpusStatistics: Sendable, Encodable {
  /// Values in their order, in short.
  package struct Spread: Sendable, Encodable {
    package let least: Double
    package let median: Double
    package let mean: Double
    package let most: Double
    /// Of twenty equal parts the ends, from the least to the most.
    package let quantiles: [Double]

    init(_ values: [Double]) {
      let sorted = values.sorted()
      func at(_ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[Int((share * Double(sorted.count - 1)).rounded())]
      }
      least = at(0)
      median = at(0.5)
      mean = sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count)
      most = at(1)
      quantiles = (0...20).map { at(Double($0) / 20) }
    }
  }

  /// Equal steps of a value, and how many samples each holds.
  package struct Histogram: Sendable, Encodable {
    /// Where the first step begins, and how long each is.
    package let start: Double
    package let step: Double
    package let counts: [Int]

    /// About `count` steps from `range`'s ends; values outside are counted at the ends.
    init(_ values: [Double], from start: Double, step: Double, count: Int) {
      var counts = [Int](repeating: 0, count: count)
      for value in values where value.isFinite {
        counts[Int(min(max((value - start) / step, 0), Double(count - 1)))] += 1
      }
      self.start = start
      self.step = step
      while counts.count > 1, counts.last == 0 { counts.removeLast() }
      self.counts = counts
    }
  }

  /// The corpora.
  package let sources: [String]
  package let samples: Int
  package let hours: Double
  /// Bytes of all recordings.
  package let bytes: Int
  package let speakers: Int
  package let sentences: Int
  package let words: Int
  package let differentWords: Int
  /// How often each character occurs in transcripts.
  package let characters: [String: Int]
  /// How many recordings have each rate in hertz.
  package let sampleRates: [String: Int]
  package let seconds: Spread
  /// Characters of the transcript a second of the recording.
  package let charactersPerSecond: Spread
  /// By how many decibels the loudest tenth of the frames is louder than the quietest tenth.
  package let signalToNoise: Spread
  /// The highest peak, in decibels of full scale.
  package let peak: Spread
  /// Recordings in which three samples or more after one another have the highest value that can be.
  package let clipped: Int
  /// Recordings that never get louder than -60 decibels.
  package let silent: Int
  /// Recordings that cannot be read, which nothing else counts.
  package let unreadable: [String]
  package let secondsHistogram: Histogram
  package let speedHistogram: Histogram
  package let noiseHistogram: Histogram

  /// Reads the corpora at `sources`, and reports to `progress` how many recordings are done.
  ///
  /// - Throws: `CorpusError`, if a corpus cannot be read; unreadable recordings are listed.
  package init(
    of sources: [String], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(CorpusError) {
    var samples: [Sample] = []
    for source in sources {
      samples += try Manifest(path: source, needsTranscripts: false).samples
    }
    var sounds: [Result<SoundMeasure, AudioError>] = []
    for start in stride(from: 0, to: samples.count, by: 256) {
      let batch = Array(samples[start..<min(start + 256, samples.count)])
      sounds += concurrentMap(batch) { sample in
        Result { () throws(AudioError) in try SoundMeasure(sample.audioPath) }
      }
      progress(sounds.count, samples.count)
    }
    self.init(sources: sources, samples, sounds)
  }

  private init(
    sources: [String], _ samples: [Sample], _ sounds: [Result<SoundMeasure, AudioError>]
  ) {
    let found = zip(samples, sounds).compactMap { sample, sound in
      (try? sound.get()).map { (sample: sample, sound: $0) }
    }
    self.sources = sources
    self.samples = samples.count
    hours = found.reduce(0) { $0 + $1.sound.seconds } / 3600
    bytes = samples.reduce(0) { $0 + (FileStamp(path: $1.audioPath)?.byteCount ?? 0) }
    speakers = Set(samples.compactMap(\.speaker)).count
    sentences = Set(samples.map(\.transcript)).count
    let all = samples.flatMap { $0.transcript.split(separator: " ") }
    words = all.count
    differentWords = Set(all).count
    var characters: [String: Int] = [:]
    for sample in samples {
      for scalar in sample.transcript.unicodeScalars { characters[String(scalar), default: 0] += 1 }
    }
    self.characters = characters
    sampleRates = Dictionary(grouping: found) { "\($0.sound.sampleRate)" }.mapValues(\.count)
    let lengths = found.map(\.sound.seconds)
    let speeds = found.filter { !$0.sample.transcript.isEmpty }.map {
      Double($0.sample.transcript.count) / $0.sound.seconds
    }
    let noises = found.map(\.sound.signalToNoise)
    seconds = Spread(lengths)
    charactersPerSecond = Spread(speeds)
    signalToNoise = Spread(noises)
    peak = Spread(found.map(\.sound.peak))
    clipped = found.count { $0.sound.isClipped }
    silent = found.count { $0.sound.isSilent }
    unreadable = sounds.compactMap { sound in
      if case .failure(let error) = sound { error.description } else { nil }
    }
    let step = max(0.5, ((lengths.max() ?? 0) / 40).rounded(.up) / 2)
    secondsHistogram = Histogram(lengths, from: 0, step: step, count: 80)
    speedHistogram = Histogram(speeds, from: 0, step: 1, count: 40)
    noiseHistogram = Histogram(noises, from: 0, step: 2.5, count: 40)
  }

  /// The figures as a person reads them.
  package var text: String {
    func row(_ name: String, _ spread: Spread, _ unit: String) -> String {
      let values = [spread.least, spread.median, spread.mean, spread.most].map { shown($0, 1) }
      return "\(name.padding(toLength: 24, withPad: " ", startingAt: 0))"
        + "\(values[0]) least, \(values[1]) median, \(values[2]) mean, \(values[3]) most \(unit)"
    }
    let letters = characters.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      "\($0.key == " " ? "space" : $0.key) \($0.value)"
    }
    let rates = sampleRates.sorted { $0.value > $1.value }.map { "\($0.key) Hz \($0.value)" }
    var lines = [
      "samples                 \(samples), \(shown(hours, 2)) hours, \(shown(Double(bytes) / 1e6, 1)) MB",
      "speakers                \(speakers == 0 ? "unknown" : "\(speakers)")",
      "sentences               \(sentences)",
      "words                   \(words), \(differentWords) different",
      row("seconds", seconds, ""), row("characters a second", charactersPerSecond, ""),
      row("signal to noise", signalToNoise, "dB"), row("peak", peak, "dBFS"),
      "rates                   \(rates.joined(separator: ", "))",
      "clipped                 \(clipped)", "silent                  \(silent)",
      "characters              \(letters.joined(separator: ", "))",
    ].map { $0.trimmingCharacters(in: .whitespaces) }
    if !unreadable.isEmpty {
      lines.append("unreadable              \(unreadable.count)")
      lines += unreadable.prefix(5).map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// What can be measured of a recording without recognising it.
private struct SoundMeasure: Sendable {
  let seconds: Double
  let sampleRate: Int
  let peak: Double
  let signalToNoise: Double
  let isClipped: Bool
  var isSilent: Bool { peak < -60 }

  /// Frames of 20 ms.
  private static let framesPerSecond = 50

  init(_ path: String) throws(AudioError) {
    var reader = try SoundReader(path)
    sampleRate = reader.sampleRate
    let length = max(1, sampleRate / Self.framesPerSecond)
    var levels: [Double] = []
    var (highest, power, count, run, longestRun) = (Float(0), 0.0, 0, 0, 0)
    while let samples = try reader.next() {
      for sample in samples {
        let level = abs(sample)
        highest = max(highest, level)
        run = level >= 32767 / 32768 ? run + 1 : 0
        longestRun = max(longestRun, run)
        power += Double(sample) * Double(sample)
        count += 1
        if count == length {
          levels.append(10 * log10(power / Double(length) + 1e-12))
          (power, count) = (0, 0)
        }
      }
    }
    seconds = reader.duration
    peak = 20 * log10(max(Double(highest), 1e-6))
    isClipped = longestRun >= 3
    let sorted = levels.sorted()
    let tenth = sorted.count / 10
    signalToNoise = sorted.isEmpty ? 0 : sorted[sorted.count - 1 - tenth] - sorted[tenth]
  }
}
