"""`/desk/missions/{mission}`: what was done, which clips show it, and why some are missing. Decides nothing."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi import Path as InPath
from fastapi.responses import Response

from station.custody import acts
from station.custody.mission import Mark
from station.desk import missions
from station.desk.signed_in import SignedIn
from station.errors import RefusedError, UnfitObservationError
from station.pages.guard import Visit, visit_of
from station.policy.non_use import FACTS
from station.policy.permits import Pick
from station.views.footage import clip_row, input_text, mission_row
from station.views.grounds import given_grounds, grounds_text
from station.views.office_words import EXPLANATION_STEPS, GROUNDS, MARKS
from station.web.office import Office, done_at, number_in, numbers_in, one_of, time_in, words_in

MISSION = "/desk/missions/{mission}"
Number = Annotated[int, InPath(ge=0, le=2**53 - 1)]


def mission_path(mission: int) -> str:
    return MISSION.format(mission=mission)


def add_missions(app: FastAPI, office: Office) -> None:
    def shown(request: Request, mission: int, status: int = HTTPStatus.OK, refusal: str = "") -> Response:
        desk = office.signed_in(request)
        try:
            sheet = missions.sheet(desk, mission)
        except RefusedError as refused:
            return office.page(
                request, "refused.html", HTTPStatus.FORBIDDEN, refusal=refusal or office.said(request, refused)
            )
        return office.page(
            request, "mission.html", status, refusal=refusal, **_sheet(desk, sheet, request, visit_of(request))
        )

    @app.get(MISSION)
    def mission_page(request: Request, mission: Number) -> Response:
        return shown(request, mission)

    @app.post(MISSION)
    def do_in_mission(request: Request, mission: Number) -> Response:
        def act() -> str:
            visit, desk = visit_of(request), office.signed_in(request)
            one_of(_acts(desk, visit, mission), visit.said("act"))
            return done_at(mission_path(mission))

        return office.done_or_again(request, act, lambda status, refusal: shown(request, mission, status, refusal))


def _sheet(desk: SignedIn, sheet: missions.Sheet, request: Request, visit: Visit) -> dict[str, object]:
    mission = sheet.mission
    policy = desk.policy.of_person(mission.spoken_for_by(desk.policy.rolls))
    reasons = policy.reasons(mission.activity, on_site=mission.on_site)
    chosen = visit.said("reason") or request.query_params.get("reason", "")
    again = visit.said("explanation") if visit.said("key") == "explain" else request.query_params.get("again", "")
    before = next((one for one in sheet.explanations if str(one.of.number) == again), None)
    return {
        "sheet": sheet,
        "row": mission_row(desk.policy, mission),
        "clips": [clip_row(policy, clip) for clip in sheet.clips],
        "secret": [policy.called(code) for code in sheet.secret],
        "marks": MARKS,
        "categories": [(code, policy.called(code)) for code in policy.picks(Pick.SECRECY)],
        "reasons": [(code, policy.called(code)) for code in reasons],
        "chosen": chosen if chosen in reasons else "",
        "chosen_called": policy.called(chosen),
        "grounds": [(name, GROUNDS[name]) for name in FACTS.get(chosen, ("words",))],
        "called": policy.called,
        "again": again if before is not None else "",
        "before": {} if before is None else given_grounds(before.grounds),
        "basis_before": "" if before is None else before.basis,
        "grounds_of": grounds_text,
        "steps": EXPLANATION_STEPS,
        "ended": input_text(mission.ended_ms),
    }


def _acts(desk: SignedIn, visit: Visit, mission: int) -> Mapping[str, Callable[[], None]]:
    by = desk.person

    def said(act: missions.OfMission) -> None:
        missions.do(desk, act)

    def describe() -> None:
        cause, party = words_in(visit, "cause"), words_in(visit, "party")
        said(acts.DescribeMission(by=by, mission=mission, cause=cause, party=party))

    def end() -> None:
        ended_ms = time_in(visit, "ended")
        if ended_ms is None:
            raise UnfitObservationError("请填写结束时间 / say when it ended")
        said(acts.EndMission(by=by, mission=mission, ended_ms=ended_ms))

    def close() -> None:
        gap, text_record = "gap" in visit.form, "text_record" in visit.form
        said(acts.CloseMission(by=by, mission=mission, gap=gap, text_record=text_record))

    def move() -> None:
        to = number_in(visit, "to") if visit.said("to").strip() else None
        missions.place(desk, numbers_in(visit, "recording"), to, words_in(visit, "reason"))

    def secret() -> None:
        category, ground = visit.said("category"), words_in(visit, "ground")
        recordings = numbers_in(visit, "recording")
        whole = None if recordings else mission
        missions.mark_secret(
            desk, acts.MarkSecret(by=by, category=category, recordings=recordings, mission=whole, ground=ground)
        )

    return {
        "number": lambda: said(acts.NumberMission(by=by, mission=mission, number=words_in(visit, "number"))),
        "describe": describe,
        "mark": lambda: said(
            acts.MarkMission(by=by, mission=mission, mark=_mark(visit), remark=words_in(visit, "remark"))
        ),
        "end": end,
        "close": close,
        "reopen": lambda: said(acts.ReopenMission(by=by, mission=mission, reason=words_in(visit, "reason"))),
        "move": move,
        "secret": secret,
        **_explaining(desk, visit, mission),
    }


def _explaining(desk: SignedIn, visit: Visit, mission: int) -> Mapping[str, Callable[[], None]]:
    by, reason, basis = desk.person, visit.said("reason"), words_in(visit, "basis")
    until_stop = "until_stop" in visit.form
    grounds = {name: words for name in FACTS.get(reason, ("words",)) if (words := words_in(visit, name))}

    def explain() -> None:
        camera = visit.said("camera").strip() or None
        missions.do(
            desk,
            acts.Explain(
                by=by,
                mission=mission,
                reason=reason,
                grounds=grounds,
                basis=basis,
                camera=camera,
                until_stop=until_stop,
            ),
        )

    def again() -> None:
        missions.do_with_explanation(
            desk,
            acts.ExplainAgain(
                by=by,
                explanation=number_in(visit, "explanation"),
                reason=reason,
                grounds=grounds,
                basis=basis,
                until_stop=until_stop,
            ),
        )

    def answered(act: type[acts.AcceptExplanation | acts.ReturnExplanation]) -> None:
        remark = words_in(visit, "remark")
        missions.do_with_explanation(desk, act(by=by, explanation=number_in(visit, "explanation"), remark=remark))

    return {
        "explain": explain,
        "explain_again": again,
        "accept": lambda: answered(acts.AcceptExplanation),
        "return": lambda: answered(acts.ReturnExplanation),
        "keep": lambda: missions.do_with_explanation(
            desk, acts.KeepExplanation(by=by, explanation=number_in(visit, "explanation"))
        ),
    }


def _mark(visit: Visit) -> Mark:
    try:
        return Mark(visit.said("mark"))
    except ValueError as error:
        raise UnfitObservationError("请选择标注 / choose the mark") from error
