from fastapi import APIRouter, Response

from app.usecases.users import api_tokens
from app.web.api.fields import ListResponse, PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.request import Reader, Writer
from app.web.api.users.token_schemas import CreatedToken, NewToken, Token

__all__ = ["router"]

router = APIRouter(prefix="/tokens", tags=["tokens"], route_class=JsonRoute)


@router.post("", status_code=201, response_model=CreatedToken)
def add_token(new: NewToken, write: Writer) -> Response:
    """Create a token. Its secret is in this response only. For admins."""
    return write(
        lambda request: CreatedToken.made(
            api_tokens.add_token(request.ctx, new.name, new.role, owner=new.owner, days=new.days)
        ),
        status=201,
    )


@router.get("")
def list_tokens(request: Reader) -> ListResponse[Token]:
    """List all tokens, including revoked ones, oldest first. For admins."""
    return ListResponse(
        items=[Token.of(each) for each in api_tokens.list_tokens(request.ctx)], next=None
    )


@router.delete("/{token_id}", status_code=204)
def revoke_token(token_id: PublicId, write: Writer) -> Response:
    """Revoke a token; it stays in the list."""
    return write(lambda request: api_tokens.revoke_token(request.ctx, token_id), status=204)
