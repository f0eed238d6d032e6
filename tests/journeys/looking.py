"""What can be told of a page by looking at it: faults for those who cannot see it, small targets, sideways scrolling."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
TOUCH_PX = 64
SMALL = """(least) => {
    const shown = (each) => each.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const of = (each) => each.matches("input[type=radio], input[type=checkbox]") ? each.closest("label") ?? each : each;
    const within = document.querySelector("dialog[open]") ?? document;
    const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
    const all = within.querySelectorAll(targets);
    return [...new Set([...all].map(of))].filter(shown).map((each) => [each, each.getBoundingClientRect()])
        .filter(([each, box]) => box.width && (box.width < least - 0.5 || box.height < least - 0.5))
        .map(([each, box]) => `${each.outerHTML.slice(0, 110)}: ${Math.round(box.width)}x${Math.round(box.height)}`);
}"""
AT_REST = "() => document.getAnimations().every((each) => each.playState !== 'running' || each.effect.getTiming().iterations === Infinity)"


class Look:
    """Looks at pages and keeps what is wrong; `faults` is empty when nothing is."""

    def __init__(self) -> None:
        self.axe = Axe()
        self.faults: list[str] = []
        self.seen: list[str] = []

    def __call__(
        self, page: Page, name: str, *, touch: bool = False, exceptions: tuple[str, ...] = ()
    ) -> None:
        """Look at a page; on a touch screen also at the size of what is touched, but for `exceptions` (parts of their HTML)."""
        page.wait_for_function(AT_REST)
        where = f"{name} in {page.locator('html').get_attribute('lang')}"
        self.seen.append(where)
        self.faults += [f"{where}: {each}" for each in self._axe(page)]
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if wide > room:
            self.faults.append(f"{where}: scrolls sideways, {wide} px in {room}")
        if touch:
            small = page.evaluate(SMALL, TOUCH_PX)
            self.faults += [
                f"{where}: too small to touch: {each}"
                for each in small
                if not any(part in each for part in exceptions)
            ]

    def _axe(self, page: Page) -> list[str]:
        violations: list[dict[str, Any]] = self.axe.run(page).response["violations"]
        return [
            f"{each['id']} ({each['impact']}): {node['html'][:140]}"
            for each in violations
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]
