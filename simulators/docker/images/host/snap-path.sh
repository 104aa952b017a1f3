# A login shell finds the commands of snaps, as Ubuntu's does.
case ":$PATH:" in
*:/snap/bin:*) ;;
*) PATH="$PATH:/snap/bin" ;;
esac
