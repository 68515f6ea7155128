import Foundation

/// Finds recordings that are much longer or shorter than their speaker takes for as much text: most say another text.
package enum OddDurations {
  /// What is compared.
  package struct Reading {
    let speaker: String
    let characterCount: Int
    let seconds: Double

    package init(speaker: String, characterCount: Int, seconds: Double) {
      self.speaker = speaker
      self.characterCount = characterCount
      self.seconds = seconds
    }
  }

  /// The indices of the readings that do not fit their speaker's usual `seconds = start + pace * characters`.
  ///
  /// The line is fitted twice, the second time without the outliers of the first. Fewer than 20 readings are
  /// too few.
  package static func find(in readings: [Reading]) -> Set<Int> {
    var odd: Set<Int> = []
    for own in Dictionary(grouping: readings.indices, by: { readings[$0].speaker }).values
    where own.count >= 20 {
      var oddOnes: [Int] = []
      for _ in 0..<2 {
        let usual = own.filter { !oddOnes.contains($0) }
        let line = Line(fitting: usual.map { readings[$0] })
        oddOnes = own.filter { isOdd(readings[$0], for: line) }
      }
      odd.formUnion(oddOnes)
    }
    return odd
  }

  /// Odd is what takes 2.2 times as long as usual or 2.2 times as short, and half a second of difference at least: the
  /// speed of acted speech varies by less, and short words by more.
  private static func isOdd(_ reading: Reading, for line: Line) -> Bool {
    let expected = line.seconds(for: reading.characterCount)
    let ratio = max(reading.seconds / expected, expected / reading.seconds)
    return ratio > 2.2 && abs(reading.seconds - expected) > 0.5
  }

  /// Least squares, weighted by 1/characters: the spread of durations grows with the text.
  private struct Line {
    private let start: Double
    private let pace: Double

    init(fitting readings: [Reading]) {
      var (weights, x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for reading in readings {
        let characters = Double(reading.characterCount)
        let weight = 1 / max(1, characters)
        weights += weight
        x += weight * characters
        y += weight * reading.seconds
        xx += weight * characters * characters
        xy += weight * characters * reading.seconds
      }
      let spread = weights * xx - x * x
      pace = spread > 0 ? (weights * xy - x * y) / spread : 0
      start = weights > 0 ? (y - pace * x) / weights : 0
    }

    func seconds(for characterCount: Int) -> Double {
      max(0.1, start + pace * Double(characterCount))
    }
  }
}
