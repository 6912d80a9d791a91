"""The catalogue: what pages say, English → Chinese. A word that is not here cannot be shown; a test finds each one.

Never holds a person's name, a cause or a legal word: those come with what is shown, or from the policy pack.
"""

from collections.abc import Mapping

PAGE_WORDS: Mapping[str, str] = {
    "Body-worn recorder station": "执法记录仪采集站",
    "Live": "实时更新",
    "Not live: connecting again": "连接中断，正在重连",
    "Refreshes by itself": "自动刷新",
    "Skip to the content": "跳到正文",
}
"""What the base page itself says."""

SIGN_IN_WORDS: Mapping[str, str] = {
    "Account": "账号",
    "Change the password": "修改密码",
    "Desk": "办公登录",
    "New password": "新密码",
    "New password once more": "再输一次新密码",
    "Password": "密码",
    "Present password": "现密码",
    "Sign in": "登录",
    "Somebody else chose this password. Choose your own first.": "此密码由他人设置，请先改为自己的密码。",
}
"""What the pages of signing in say."""
