import ParlaAudio
import ParlaFiles

/// Which samples of a corpus are selected, and how often: `train.csv[weight=2,seconds=1:15,samples=1:1000]`.
///
/// `samples` are counted from 1 in the corpus's order, `seconds` limits the length of recordings; either end may be omitted. A
/// `weight` of 2.5 repeats each sample twice, and about half of them a third time, always the same ones.
package struct CorpusSelection: Sendable, Equatable {
  /// The corpus.
  let path: String

  private var weight = 1.0
  private var seconds: ClosedRange<Double>?
  private var samples: ClosedRange<Int>?

  /// Reads the brackets after the path `text`; a file whose name ends this way is that file.
  ///
  /// - Throws: `CorpusError.badSelection`.
  init(_ text: String) throws(CorpusError) {
    guard text.hasSuffix("]"), let bracket = text.lastIndex(of: "["), FileStamp(path: text) == nil
    else {
      path = text
      return
    }
    path = String(text[..<bracket])
    for pair in text[text.index(after: bracket)...].dropLast().split(separator: ",") {
      let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard words.count == 2, read(words[0], words[1]) else {
        throw .badSelection(path: path, found: "\"\(pair)\"")
      }
    }
  }

  private mutating func read(_ key: String, _ value: String) -> Bool {
    switch key {
    case "weight":
      guard let number = finiteNumber(value, as: Double.self), number > 0, number <= 1000 else {
        return false
      }
      weight = number
    case "seconds":
      guard let (low, high) = ends(value, { finiteNumber($0, as: Double.self) }),
        low ?? 0 <= high ?? .infinity
      else { return false }
      seconds = (low ?? 0)...(high ?? .infinity)
    case "samples":
      guard let (low, high) = ends(value, { Int($0) }), low ?? 1 >= 1, low ?? 1 <= high ?? Int.max
      else { return false }
      samples = (low ?? 1)...(high ?? Int.max)
    default: return false
    }
    return true
  }

  private func ends<Number>(
    _ text: String, _ number: (Substring) -> Number?
  ) -> (Number?, Number?)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let numbers = parts.map(number)
    for (part, number) in zip(parts, numbers) where number == nil && !part.isEmpty { return nil }
    return (numbers[0], numbers[1])
  }

  /// The selected ones of `all`, with their recordings on this machine.
  ///
  /// - Throws: `CorpusError.notFetched`; `.recording`, if lengths are limited and one is unknown; `.emptySelection`.
  func chosen(_ all: [Sample], of mirror: WebMirror = WebMirror()) throws(CorpusError) -> [Sample] {
    var chosen = all
    if let samples {
      let end = min(samples.upperBound, all.count)
      chosen = samples.lowerBound <= end ? Array(all[samples.lowerBound - 1..<end]) : []
    }
    chosen = try mirror.fetched(chosen)
    if let seconds {
      let lengths = concurrentMap(chosen) { sample in
        Result { () throws(AudioError) in try AudioFile.information(sample.audioPath).duration }
      }
      var kept: [Sample] = []
      for (sample, length) in zip(chosen, lengths) {
        do { if seconds.contains(try length.get()) { kept.append(sample) } } catch {
          throw .recording(error)
        }
      }
      chosen = kept
    }
    guard !chosen.isEmpty else { throw .emptySelection(path: path, count: all.count) }
    return weight == 1 ? chosen : weighted(chosen)
  }

  private func weighted(_ samples: [Sample]) -> [Sample] {
    let whole = Int(weight)
    let rest = weight - Double(whole)
    let repeated = samples.flatMap { sample in
      let isMore = SentenceSplit.position(of: sample.audioPath + sample.transcript) < rest
      return [Sample](repeating: sample, count: whole + (isMore ? 1 : 0))
    }
    // At least one, where few have a small weight.
    return repeated.isEmpty ? Array(samples.prefix(1)) : repeated
  }
}
