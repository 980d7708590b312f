"""A seller's page in a real browser: its chart, and its time."""

from playwright.sync_api import expect

from tests.console.browsing import Tab


def test_the_chart_is_drawn_and_a_violation_in_it_can_be_clicked(visit: Tab) -> None:
    page = visit.go("sellers/s-1")
    chart = page.locator("[data-chart=standing]")
    expect(chart.locator("svg")).to_be_visible()
    # ECharts tells of a point by its place: the last dot is the violation that suspended.
    spot = page.evaluate(
        """() => {
          const chart = echarts.getInstanceByDom(document.getElementById("standing"));
          const dots = chart.getOption().series.findIndex((each) => each.type === "scatter");
          const last = chart.getOption().series[dots].data.at(-1);
          const [x, y] = chart.convertToPixel({ seriesIndex: dots }, last.value);
          return { x, y };
        }"""
    )
    chart.click(position=spot)
    expect(page.get_by_role("heading", level=2).first).to_contain_text("v-1-3")


def test_time_is_chosen_and_left_by_the_keyboard_alone(visit: Tab) -> None:
    page = visit.go("sellers/s-3")
    page.get_by_label("As of").fill("2026-10-15")
    page.get_by_label("Known at").fill("2026-10-15 12:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("note")).to_contain_text("This is not now")
    expect(page.locator("tr.differs")).to_contain_text("Points")
    page.get_by_role("link", name="Back to now").press("Enter")
    expect(page.get_by_role("note")).to_have_count(0)


def test_the_months_below_the_chart_are_the_readers(visit: Tab) -> None:
    page = visit.go("sellers/s-1")
    expect(page.locator("[data-chart=standing] svg")).to_be_visible()
    # The browser stands in Berlin, where a month begins an hour or two before it does in UTC.
    named, begun = page.evaluate(
        """() => {
          const chart = echarts.getInstanceByDom(document.getElementById("standing"));
          const { axis } = chart.getModel().getComponent("xAxis", 0);
          const labels = axis.getViewLabels();
          const month = (time) => new Intl.DateTimeFormat("sv-SE",
            { year: "numeric", month: "2-digit" }).format(time);
          return [labels.map((each) => each.formattedLabel),
            labels.map((each) => month(each.tickValue ?? each.tick.value))];
        }"""
    )
    assert len(named) > 2
    assert named == begun
