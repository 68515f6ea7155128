import ParlaTranscripts
import Testing

@Suite struct EditDistanceTests {
  @Test(arguments: [
    ("kitten", "sitting", 3), ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0),
    ("flaw", "lawn", 2), ("ab", "ba", 2), ("intention", "execution", 5), ("a", "bcd", 3),
  ])
  func countsEdits(source: String, target: String, distance: Int) {
    #expect(EditDistance.between(Array(source), Array(target)) == distance)
    #expect(EditDistance.between(Array(target), Array(source)) == distance)
  }

  @Test func worksOnWords() {
    #expect(EditDistance.between(["a", "b", "c"], ["a", "c"]) == 1)
  }
}
