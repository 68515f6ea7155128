import Testing

@testable import ParlaDecoding

@Suite struct PrefixTreeTests {
  @Test func deadNodesStayWhileLiveOnesDescendFromThem() {
    var tree = PrefixTree()
    let a = tree.addChild(label: 0, of: PrefixTree.empty)
    let ab = tree.addChild(label: 1, of: a)
    tree.kill(a)
    #expect(tree.count == 3)
    tree.kill(ab)
    #expect(tree.count == 1)
    #expect(tree[PrefixTree.empty].firstChild == PrefixTree.none)
  }

  @Test func freedNodesAreUsedAgain() {
    var tree = PrefixTree()
    for label in 0..<100 {
      let node = tree.addChild(label: Int32(label), of: PrefixTree.empty)
      tree.kill(node)
    }
    #expect(tree.nodes.count == 2)
  }

  @Test func childrenAreLinkedAfterAnyOfThemLeaves() {
    for leaving in 0..<3 {
      var tree = PrefixTree()
      let children = (0..<3).map { tree.addChild(label: $0, of: PrefixTree.empty) }
      tree.kill(children[leaving])
      var labels: Set<Int32> = []
      var child = tree[PrefixTree.empty].firstChild
      while child != PrefixTree.none {
        labels.insert(tree[child].label)
        child = tree[child].nextSibling
      }
      #expect(labels == Set([0, 1, 2]).subtracting([Int32(leaving)]))
    }
  }

  @Test func whatHasNoLiveNodeAboveItIsARoot() {
    var tree = PrefixTree()
    let a = tree.addChild(label: 0, of: PrefixTree.empty)
    let ab = tree.addChild(label: 1, of: a)
    let abc = tree.addChild(label: 2, of: ab)
    let abd = tree.addChild(label: 3, of: ab)
    let abde = tree.addChild(label: 4, of: abd)
    for node in [ab, abd, a] { tree.kill(node) }
    #expect(tree.count == 6)
    tree.kill(PrefixTree.empty)
    #expect(tree.count == 2)
    for node in [abc, abde] {
      #expect(tree[node].parent == PrefixTree.none)
      #expect(tree[node].nextSibling == PrefixTree.none)
    }
    tree.kill(abc)
    #expect(tree.count == 1)
    #expect(tree[abde].label == 4)
  }

  @Test func roomIsMadeForAQuarterMoreAndForNoUnitsWithoutAScorer() {
    var tree = PrefixTree()
    var last = PrefixTree.empty
    for label in 0..<10_000 { last = tree.addChild(label: Int32(label % 30), of: last) }
    #expect(tree.nodes.capacity < 13_000)
    #expect(MemoryLayout<PrefixTree.Node>.stride <= 88)
    #expect(tree.units.isEmpty)
    #expect(tree.unit(of: last) == nil)
  }

  @Test func aNodeThatIsUsedAgainHasNoUnit() {
    var tree = PrefixTree()
    let first = tree.addChild(label: 0, of: PrefixTree.empty)
    let unit = UnitScore(
      word: 1, isKnown: true, naturalLogProbability: -1, ownBoost: 0, boost: 0, penalty: 0)
    tree.setUnit(unit, of: first)
    #expect(tree.unit(of: first) != nil)
    tree.kill(first)
    #expect(tree.addChild(label: 1, of: PrefixTree.empty) == first)
    #expect(tree.unit(of: first) == nil)
  }
}
