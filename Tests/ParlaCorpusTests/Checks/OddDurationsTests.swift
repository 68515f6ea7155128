import Testing

@testable import ParlaCorpus

@Suite struct OddDurationsTests {
  private let usual = (1...40).map {
    OddDurations.Reading(
      speaker: "a", characterCount: 2 * $0,
      seconds: 0.3 + 0.14 * Double($0) * (0.8 + 0.1 * Double($0 % 5)))
  }

  @Test func ordinaryVariationIsNotOdd() {
    #expect(OddDurations.find(in: usual) == [])
  }

  @Test func anotherTextIsOdd() {
    let long = OddDurations.Reading(speaker: "a", characterCount: 10, seconds: 3.5)
    let short = OddDurations.Reading(speaker: "a", characterCount: 60, seconds: 1)
    #expect(OddDurations.find(in: usual + [long, short]) == [40, 41])
  }

  @Test func speakersAreComparedWithThemselves() {
    let slow = usual.map { reading in
      OddDurations.Reading(
        speaker: "b", characterCount: reading.characterCount, seconds: 3 * reading.seconds)
    }
    #expect(OddDurations.find(in: usual + slow) == [])
  }

  @Test func fewReadingsTellNothing() {
    let long = OddDurations.Reading(speaker: "a", characterCount: 10, seconds: 30)
    #expect(OddDurations.find(in: Array(usual.prefix(10)) + [long]) == [])
  }
}
